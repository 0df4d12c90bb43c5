import { createStore } from '~/feed/store';

import { correction, type Hold, holdOf, type Line } from './anchor';

/** From how far off the end the way back is offered. */
const FAR_PIXELS = 240;

/**
 * Holds what the reader sees in its place, whatever comes before it, behind it or grows: the end of the thread for
 * who is there, else the first line that is seen. Browsers' own anchoring fails at the very top and in Safari.
 *
 * The lines are the children of the list; each says its name in `data-key`.
 */
export class HeldPlace {
  /** Whether the end of the thread is out of sight. */
  readonly isFar = createStore(false);
  /** The line that was asked for last. */
  readonly marked = createStore<string | null>(null);
  #box: HTMLElement | null = null;
  #list: HTMLElement | null = null;
  #hold: Hold = { kind: 'end' };
  /** Where the box was scrolled to when the place was noted. */
  #scrollTop = 0;
  /** Whether the last line is the last of the whole thread. */
  #isEnd = true;
  /** The line to be shown as soon as it is there, in the middle or so far below the upper edge. */
  #wanted: { key: string; top?: number } | null;
  // Pictures, opened transcripts, a narrower window: lines change without React.
  readonly #observer = new ResizeObserver(() => this.#keep());

  constructor(firstShown: string | null) {
    this.#wanted = firstShown === null ? null : { key: firstShown, top: 24 };
  }

  /** The part of the page that scrolls. */
  readonly attachBox = (box: HTMLElement | null): void => {
    this.#box = box;
    this.#observe();
  };

  /** The list in it. */
  readonly attachList = (list: HTMLElement | null): void => {
    this.#list = list;
    this.#observe();
  };

  /** How much there is above and below what is seen, in pixels. */
  get room(): { above: number; below: number } {
    if (!this.#box) return { above: Infinity, below: Infinity };
    const { scrollTop, scrollHeight, clientHeight } = this.#box;
    return { above: scrollTop, below: scrollHeight - scrollTop - clientHeight };
  }

  /** The lines have been put on the page; `isEnd` says that nothing follows them. */
  update(isEnd: boolean): void {
    this.#isEnd = isEnd;
    this.#keep();
  }

  /** The reader has scrolled. */
  note(): void {
    if (!this.#box || !this.#list) return;
    const { scrollTop, clientHeight } = this.#box;
    this.#hold = holdOf(
      linesOf(this.#list, scrollTop, clientHeight),
      clientHeight,
      this.room.below,
      this.#isEnd,
    );
    this.#scrollTop = scrollTop;
    this.isFar.set(!this.#isEnd || this.room.below > FAR_PIXELS);
  }

  /** Show a line in the middle, now or when it is there. False if it is not there yet. */
  want(key: string): boolean {
    this.#wanted = { key };
    this.marked.set(key);
    this.#keep();
    return this.#wanted === null;
  }

  /** What was wanted will not come. */
  giveUp(): void {
    this.#wanted = null;
  }

  toEnd(): void {
    this.#wanted = null;
    if (this.#box) this.#box.scrollTop = this.#box.scrollHeight;
    this.note();
  }

  /** The lines whose ends stand where they can be read. */
  get seen(): ReadonlySet<string> {
    if (!this.#box || !this.#list) return new Set();
    const { scrollTop, clientHeight } = this.#box;
    const lines = linesOf(this.#list, scrollTop, clientHeight);
    return new Set(lines.filter(({ top, height }) => top + height <= clientHeight + 4).map(({ key }) => key));
  }

  #observe(): void {
    this.#observer.disconnect();
    if (!this.#box || !this.#list) return;
    this.#observer.observe(this.#box);
    this.#observer.observe(this.#list);
  }

  #keep(): void {
    const [box, list] = [this.#box, this.#list];
    if (!box || !list) return;
    if (!this.#showWanted(box, list)) this.#restore(box, list);
    this.note();
  }

  #showWanted(box: HTMLElement, list: HTMLElement): boolean {
    const line = this.#wanted && lineOf(list, this.#wanted.key);
    if (!line) return false;
    const top = this.#wanted?.top ?? Math.max(0, (box.clientHeight - line.offsetHeight) / 2);
    box.scrollTop = line.offsetTop - top;
    this.#wanted = null;
    return true;
  }

  #restore(box: HTMLElement, list: HTMLElement): void {
    // What was scrolled since the place was noted is the reader's own doing and stays.
    const own = box.scrollTop - this.#scrollTop;
    if (this.#hold.kind === 'end') {
      if (own >= -1) box.scrollTop = box.scrollHeight;
      return;
    }
    const topOf = (key: string) => {
      const line = lineOf(list, key);
      return line ? line.offsetTop - box.scrollTop : null;
    };
    const shift = correction(this.#hold, topOf) + own;
    if (Math.abs(shift) >= 0.5) box.scrollTop += shift;
  }
}

const lineOf = (list: HTMLElement, key: string) =>
  list.querySelector<HTMLElement>(`:scope > [data-key="${CSS.escape(key)}"]`);

/** The lines in sight. Of hundreds only those are measured, and a few to find the first of them. */
function linesOf(list: HTMLElement, scrollTop: number, height: number): Line[] {
  const { children } = list;
  const lineAt = (at: number) => children[at] as HTMLElement;
  let [from, to] = [0, children.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const line = lineAt(middle);
    if (line.offsetTop + line.offsetHeight <= scrollTop) from = middle + 1;
    else to = middle;
  }
  const found: Line[] = [];
  for (let at = from; at < children.length; at += 1) {
    const line = lineAt(at);
    const top = line.offsetTop - scrollTop;
    if (top >= height) break;
    found.push({ key: line.dataset.key ?? '', top, height: line.offsetHeight });
  }
  return found;
}
