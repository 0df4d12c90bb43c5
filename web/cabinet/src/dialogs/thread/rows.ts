import type { DialogsCaseLine, DialogsMessageOut, DialogsNoteOut } from '~/api';

/** One line of the thread. Keys stay the same as long as the line is there: places are held by them. */
export type Row =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'imported'; key: string }
  | { kind: 'case'; key: string; line: DialogsCaseLine }
  | { kind: 'note'; key: string; note: DialogsNoteOut }
  | { kind: 'message'; key: string; message: DialogsMessageOut; isFirst: boolean; isNews: boolean };

export interface Stretch {
  messages: readonly DialogsMessageOut[];
  notes: readonly DialogsNoteOut[];
  cases: readonly DialogsCaseLine[];
  /** Whether the thread goes on before and behind these messages. */
  hasEarlier: boolean;
  hasLater: boolean;
  /** The message with which the news began when the dialog was opened. */
  newsFrom?: string | undefined;
}

const GROUP_MINUTES = 5;

/** Put messages, notes, closed cases and days into one order. */
export function rowsOf(stretch: Stretch): Row[] {
  const rows: Row[] = [];
  const asides = asidesOf(stretch);
  let before: DialogsMessageOut | null = null;
  let day = '';
  let next = 0;
  const openDay = (at: string) => {
    const name = new Date(at).toDateString();
    if (name === day) return;
    day = name;
    rows.push({ kind: 'day', key: `day-${name}`, at });
    before = null;
  };
  for (const message of stretch.messages) {
    while (next < asides.length && isBehind(message, asides[next])) {
      before = null;
      rows.push((asides[next] as Aside).row);
      next += 1;
    }
    if (before?.source === 'history' && message.source !== 'history') {
      rows.push({ kind: 'imported', key: 'imported' });
    }
    openDay(message.sent_at);
    const isNews = message.id === stretch.newsFrom;
    rows.push({
      kind: 'message',
      key: message.id,
      message,
      isFirst: isNews || !isGrouped(before, message),
      isNews,
    });
    before = message;
  }
  if (!stretch.hasLater) rows.push(...asides.slice(next).map((aside) => aside.row));
  return uniqueDays(rows);
}

/** Late messages can lead back to a day that was there already: the second line needs its own key. */
function uniqueDays(rows: Row[]): Row[] {
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const times = seen.get(row.key) ?? 0;
    seen.set(row.key, times + 1);
    return times ? { ...row, key: `${row.key}-${times}` } : row;
  });
}

interface Aside {
  number: number;
  at: string;
  row: Row;
}

/** Notes and closed cases whose place is in the stretch. */
function asidesOf({ messages, notes, cases, hasEarlier }: Stretch): Aside[] {
  const first = messages[0]?.place[0] ?? 0;
  const all: Aside[] = [
    ...notes.map((note) => ({
      number: note.after_number,
      at: note.created_at,
      row: { kind: 'note' as const, key: note.id, note },
    })),
    ...cases.flatMap((line) =>
      line.closed_at && line.closed_number !== null
        ? [
            {
              number: line.closed_number,
              at: line.closed_at,
              row: { kind: 'case' as const, key: line.id, line },
            },
          ]
        : [],
    ),
  ];
  return all
    .filter((aside) => !hasEarlier || aside.number >= first)
    .toSorted((a, b) => a.number - b.number || Date.parse(a.at) - Date.parse(b.at));
}

/** Whether the message comes behind the aside. A reply of ours gets its number late: its time says when it was written. */
function isBehind(message: DialogsMessageOut, aside: Aside | undefined): boolean {
  if (!aside) return false;
  const [number, sub] = message.place;
  if (number < aside.number || (number === aside.number && sub === 0)) return false;
  const isOurs = message.author.kind === 'operator';
  return !isOurs || Date.parse(message.sent_at) > Date.parse(aside.at);
}

function isGrouped(before: DialogsMessageOut | null, message: DialogsMessageOut): boolean {
  return (
    before !== null &&
    before.author.kind === message.author.kind &&
    before.author.id === message.author.id &&
    before.author.name === message.author.name &&
    Math.abs(Date.parse(message.sent_at) - Date.parse(before.sent_at)) < GROUP_MINUTES * 60_000
  );
}
