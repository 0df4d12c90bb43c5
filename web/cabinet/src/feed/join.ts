import type { Query, QueryClient } from '@tanstack/react-query';

import type { Change } from './changes';
import { ProjectLog } from './project-log';
import { type About, type Answered, projections, withAnswer } from './projections';

const REREAD_MS = 2_000;
const TRY_AGAIN_MS = 10_000;
const ANSWERS_KEPT = 200;

/**
 * Joins snapshots and the stream in TanStack Query's cache, without a gap.
 *
 * A snapshot says up to which change it is complete. The changes behind that are applied to it, whichever of the
 * two came first. If some of them are not here any more, or only the server can tell what they made of it, it is
 * read again.
 */
export class Join {
  readonly #client: QueryClient;
  readonly #operatorId: string;
  readonly #logs = new Map<string, ProjectLog>();
  /** Up to which change of a project the data was brought, in the order in which it was. */
  readonly #brought = new WeakMap<object, Map<string, number>>();
  /** Queries that must be read again, by hash. */
  readonly #wanted = new Set<string>();
  readonly #answers = new Map<string, Answered>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastRead = -Infinity;
  readonly #unsubscribe: () => void;

  constructor(client: QueryClient, operatorId: string) {
    this.#client = client;
    this.#operatorId = operatorId;
    this.#unsubscribe = client.getQueryCache().subscribe((event) => {
      if (event.type !== 'updated' || event.action.type !== 'success') return;
      if (!event.action.manual) this.#wanted.delete(event.query.queryHash);
      this.#settle(event.query);
    });
  }

  /** Stop following. */
  close(): void {
    clearTimeout(this.#timer);
    this.#unsubscribe();
  }

  /** The last change of each project that was taken. */
  get positions(): Record<string, number> {
    return Object.fromEntries([...this.#logs].map(([projectId, log]) => [projectId, log.position]));
  }

  /** The changes of a project behind a position, or null if not all of them are here. */
  since(projectId: string, position: number): Change[] | null {
    const log = this.#logs.get(projectId);
    return log?.covers(position) ? log.after(position) : null;
  }

  /** The stream of a project begins behind a position, with nothing known of what was before. */
  begin(projectId: string, position: number): void {
    const known = this.#logs.get(projectId);
    this.#logs.set(projectId, new ProjectLog(position));
    this.#settleAll(projectId);
    // A server that counts from less than it did has lost what it told: nothing of it can be relied on.
    if (known && known.position > position) this.#queriesOf(projectId).forEach((query) => this.#want(query));
  }

  /**
   * Take changes in whatever order and however often they come. Gives those that were news, and the projects of
   * which some before them are missing.
   */
  take(changes: readonly Change[]): { news: Change[]; gaps: Set<string> } {
    const news: Change[] = [];
    const gaps = new Set<string>();
    for (const told of changes) {
      const log = this.#logs.get(told.project_id);
      const order = log?.orderOf(told) ?? 'gap';
      if (order === 'gap') gaps.add(told.project_id);
      if (order !== 'next') continue;
      const change = this.#newest(told);
      log?.take(change);
      news.push(change);
    }
    for (const projectId of new Set(news.map((change) => change.project_id))) this.#settleAll(projectId);
    return { news, gaps };
  }

  /** Take what a call has answered: it may be ahead of the stream, and of snapshots that are under way. */
  accept(projectId: string, answer: Answered): void {
    const id = answer.message?.id ?? answer.dialog?.id;
    if (!id) return;
    this.#answers.delete(id);
    this.#answers.set(id, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > ANSWERS_KEPT && oldest) this.#answers.delete(oldest);
    for (const query of this.#queriesOf(projectId)) {
      this.#put(
        query,
        withAnswer(String(query.queryKey[0]), query.state.data, answer, this.#about(query.queryKey)),
      );
    }
  }

  /** A snapshot brought up to what is known by now. */
  caughtUp<T extends object>(key: readonly unknown[], data: T): T {
    return this.#advanced(key, data).data as T;
  }

  /** Two snapshots brought up to the same change and then made one. */
  combined<T extends object>(key: readonly unknown[], one: T, other: T, combine: (one: T, other: T) => T): T {
    const parts = [this.#advanced(key, one), this.#advanced(key, other)] as const;
    const whole = combine(parts[0].data as T, parts[1].data as T);
    // What is in doubt of a part is in doubt of the whole.
    if (parts[0].isWhole && parts[1].isWhole)
      this.#brought.set(whole, new Map(Object.entries(this.positions)));
    return whole;
  }

  /** Read again what is known to be behind: the connection is back. */
  readAgain(): void {
    this.#refetch();
  }

  #about(key: readonly unknown[]): About {
    return { operatorId: this.#operatorId, key };
  }

  #newest(change: Change): Change {
    const { dialog, message, message_id: gone } = change;
    if (gone) this.#answers.delete(gone);
    const ahead = dialog && this.#answers.get(dialog.id)?.dialog;
    if (message && this.#isOvertaken(message)) this.#answers.delete(message.id);
    if (!dialog || !ahead) return change;
    if (ahead.version > dialog.version) return { ...change, dialog: ahead };
    this.#answers.delete(dialog.id);
    return change;
  }

  #isOvertaken(message: NonNullable<Change['message']>): boolean {
    const known = this.#answers.get(message.id)?.message;
    return known !== undefined && known.version <= message.version;
  }

  #queriesOf(projectId: string): Query[] {
    return this.#client
      .getQueryCache()
      .findAll()
      .filter(({ queryKey: [noun, of], state }) => {
        const isOurs = projections[String(noun)] !== undefined && state.data !== undefined;
        return isOurs && (of === projectId || noun === 'counters');
      });
  }

  #settleAll(projectId: string): void {
    for (const query of this.#queriesOf(projectId)) this.#settle(query);
  }

  #settle(query: Query): void {
    const { data } = query.state;
    if (!projections[String(query.queryKey[0])] || typeof data !== 'object' || data === null) return;
    const { data: next, isWhole } = this.#advanced(query.queryKey, data);
    this.#put(query, next);
    if (!isWhole) this.#want(query);
  }

  #put(query: Query, data: unknown): void {
    if (data === query.state.data) return;
    // The data is no newer than when it was read, but it is not stale either.
    this.#client.setQueryData(query.queryKey, data, { updatedAt: query.state.dataUpdatedAt });
  }

  #advanced(key: readonly unknown[], data: object): { data: object; isWhole: boolean } {
    const projection = projections[String(key[0])];
    if (!projection) return { data, isWhole: true };
    const about = this.#about(key);
    const known = this.#brought.get(data);
    const brought = new Map(known);
    let next: unknown = data;
    let isWhole = true;
    for (const [projectId, log] of this.#logs) {
      if (key[0] !== 'counters' && key[1] !== projectId) continue;
      const from = brought.get(projectId) ?? projection.positionOf(data, projectId);
      if (from === undefined || from >= log.position) continue;
      const changes = log.after(from);
      isWhole &&= log.covers(from) && !projection.isInDoubt?.(next, changes, about);
      next = projection.advance(next, changes, about);
      brought.set(projectId, log.position);
    }
    if (!known) next = this.#withAnswers(key, next);
    this.#brought.set(next as object, brought);
    return { data: next as object, isWhole };
  }

  #withAnswers(key: readonly unknown[], data: unknown): unknown {
    let next = data;
    for (const answer of this.#answers.values())
      next = withAnswer(String(key[0]), next, answer, this.#about(key));
    return next;
  }

  #want(query: Query): void {
    if (!query.isActive()) {
      this.#client.removeQueries({ queryKey: query.queryKey, exact: true });
      return;
    }
    this.#wanted.add(query.queryHash);
    const wait = Math.max(0, this.#lastRead + REREAD_MS - Date.now());
    this.#timer ??= setTimeout(() => this.#refetch(), wait);
  }

  #refetch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#wanted.size === 0) return;
    this.#lastRead = Date.now();
    const wanted = (query: Query) => this.#wanted.has(query.queryHash) && query.isActive();
    void this.#client.refetchQueries({ predicate: wanted }).then(() => {
      if (this.#client.getQueryCache().findAll({ predicate: wanted }).length === 0) this.#wanted.clear();
      else this.#timer ??= setTimeout(() => this.#refetch(), TRY_AGAIN_MS);
    });
  }
}
