/** A line of the thread and where its top is, measured from the top of what is seen. */
export interface Line {
  key: string;
  top: number;
  height: number;
}

/** What the reader's eye is held by: the end of the thread, or the lines that are seen with their tops. */
export type Hold = { kind: 'end' } | { kind: 'lines'; lines: Line[] };

/** From how far off the end counts as "at the end". */
export const END_PIXELS = 48;

/** Decide what holds the place of somebody who sees this. */
export function holdOf(
  lines: readonly Line[],
  seenHeight: number,
  belowPixels: number,
  isEnd: boolean,
): Hold {
  if (isEnd && belowPixels <= END_PIXELS) return { kind: 'end' };
  return {
    kind: 'lines',
    lines: lines.filter((line) => line.top + line.height > 0 && line.top < seenHeight),
  };
}

/** By how much to scroll, so that the first line that is still there stands where it stood. */
export function correction(hold: Hold, topOf: (key: string) => number | null): number {
  if (hold.kind === 'end') return Infinity;
  for (const line of hold.lines) {
    const top = topOf(line.key);
    if (top !== null) return top - line.top;
  }
  return 0;
}
