/** Quick answers are called by `/` and the beginning of their shortcut, at the start of a word. */

interface Answer {
  shortcut: string;
  title: string;
  text: string;
}

export interface Call {
  query: string;
  start: number;
  end: number;
}

const CALL = /(?:^|\s)\/(\S*)$/u;

/** What is being called before the caret; null when nothing is. */
export function callAt(text: string, caret: number): Call | null {
  const query = CALL.exec(text.slice(0, caret))?.[1];
  return query === undefined ? null : { query, start: caret - query.length - 1, end: caret };
}

/** The answers that fit a query: by shortcut first, then by any part of title and text. */
export function fitting<T extends Answer>(answers: T[], query: string): T[] {
  const wanted = query.toLowerCase();
  const rank = ({ shortcut, title, text }: T) => {
    if (shortcut.toLowerCase().startsWith(wanted)) return 0;
    if (shortcut.toLowerCase().includes(wanted) || title.toLowerCase().includes(wanted)) return 1;
    return text.toLowerCase().includes(wanted) ? 2 : 3;
  };
  return answers
    .map((answer) => ({ answer, rank: rank(answer) }))
    .filter((one) => one.rank < 3)
    .toSorted((a, b) => a.rank - b.rank || a.answer.shortcut.localeCompare(b.answer.shortcut))
    .map((one) => one.answer);
}

/** A text with the answer in place of the call, and where the caret goes. */
export function replaced(
  text: string,
  { start, end }: Call,
  answer: string,
): { text: string; caret: number } {
  return { text: text.slice(0, start) + answer + text.slice(end), caret: start + answer.length };
}
