/** The length of a text as VK counts it. */

/** VK's limit of one message, in UTF-16 units: what a string's length is. */
export const UNITS_MAX = 4096;
const NEAR = 3500;

/** What to show of a text's length: nothing as long as the limit is far. */
export function lengthOf(text: string): { left: number; isNear: boolean; isOver: boolean } {
  const left = UNITS_MAX - text.length;
  return { left, isNear: text.length >= NEAR, isOver: left < 0 };
}
