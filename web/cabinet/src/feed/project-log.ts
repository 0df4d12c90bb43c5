import type { Change } from './changes';

const KEPT = 1_000;

/** What to do with a change: it follows, it is known already, or some before it are missing. */
export type Order = 'next' | 'known' | 'gap';

/** The latest changes of one project, without a gap, in their order. */
export class ProjectLog {
  #changes: Change[] = [];
  #position: number;

  /** `position` is the change after which this log begins. */
  constructor(position: number) {
    this.#position = position;
  }

  /** The number of the last change. */
  get position(): number {
    return this.#position;
  }

  /** Say where a change belongs. */
  orderOf(change: Change): Order {
    if (change.number <= this.#position) return 'known';
    return change.number === this.#position + 1 ? 'next' : 'gap';
  }

  /** Take the change that follows. */
  take(change: Change): void {
    this.#changes.push(change);
    this.#position = change.number;
    if (this.#changes.length > KEPT * 2) this.#changes = this.#changes.slice(-KEPT);
  }

  /** Whether every change after `position` is here. */
  covers(position: number): boolean {
    return position >= this.#position - this.#changes.length;
  }

  /** The changes after `position`, of those that are here. */
  after(position: number): Change[] {
    const missing = this.#position - position;
    return missing <= 0 ? [] : this.#changes.slice(-missing);
  }
}
