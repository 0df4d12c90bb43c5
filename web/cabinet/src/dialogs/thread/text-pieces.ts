import type { DialogsStyle } from '~/api';

/** A stretch of a message that is shown in one way; `url` is only ever http or https. */
export interface Piece {
  start: number;
  text: string;
  url: string | null;
  marks: string[];
}

const WEB = /^https?:\/\/[^\s/?#]+/i;
const LINK = /(?:https?:\/\/|www\.|vk\.(?:com|ru|me)\/)[^\s<>"«»]+/giu;
const TAIL = /[.,!?:;…'*)\]}]+$/u;
const BRACKETS: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/** The address if a browser may follow it: http and https only, whatever a messenger says. */
export function safeUrl(url: string | null | undefined): string | null {
  if (!url || !WEB.test(url)) return null;
  try {
    const { protocol } = new URL(url);
    return protocol === 'http:' || protocol === 'https:' ? url : null;
  } catch {
    return null;
  }
}

/** Cut a text into plain, styled and linked pieces. Offsets are in UTF-16 units, as JavaScript counts, too. */
export function piecesOf(text: string, styles: readonly DialogsStyle[] = []): Piece[] {
  const links = linksIn(text);
  const edges = new Set([0, text.length]);
  for (const { start, end } of links) edges.add(start).add(end);
  for (const { offset, length } of styles) {
    edges.add(within(offset, text.length)).add(within(offset + length, text.length));
  }
  const sorted = [...edges].toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, at) => {
    const start = sorted[at] ?? 0;
    const over = styles.filter((one) => one.offset <= start && one.offset + one.length >= end);
    const said = over.find((one) => one.kind === 'url');
    return {
      start,
      text: text.slice(start, end),
      url: safeUrl(said?.url) ?? links.find((one) => one.start <= start && one.end >= end)?.url ?? null,
      marks: over.map((one) => one.kind).filter((kind) => kind !== 'url'),
    };
  });
}

const within = (place: number, most: number) => Math.max(0, Math.min(place, most));

interface FoundLink {
  start: number;
  end: number;
  url: string;
}

function linksIn(text: string): FoundLink[] {
  return [...text.matchAll(LINK)].flatMap((match) => {
    const start = match.index;
    if (/[\p{L}\p{N}_@./-]/u.test(text[start - 1] ?? ' ')) return [];
    const said = withoutTail(match[0]);
    const url = safeUrl(/^https?:/i.test(said) ? said : `https://${said}`);
    return url ? [{ start, end: start + said.length, url }] : [];
  });
}

/** Signs that end the sentence are not of the address, but a bracket that was opened in it is. */
function withoutTail(link: string): string {
  let said = link;
  let tail = TAIL.exec(said)?.[0] ?? '';
  while (tail) {
    const last = said.at(-1) ?? '';
    const opening = BRACKETS[last];
    if (opening && said.split(opening).length >= said.split(last).length) return said;
    said = said.slice(0, -1);
    tail = tail.slice(0, -1);
  }
  return said;
}
