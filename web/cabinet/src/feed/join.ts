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
  /** What calls have answered of late, by when they did. */
  readonly #answers = new Map<number, Answered>();
  #answered = 0;
  #isPutting = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastRead = -Infinity;
  readonly #unsubscribe: () => void;

  constructor(client: QueryClient, operatorId: string) {
    this.#client = client;
    this.#operatorId = operatorId;
    this.#unsubscribe = client.getQueryCache().subscribe((event) => {
      if (event.type !== 'updated' || event.action.type !== 'success' || this.#isPutting) return;
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

  /** How many calls had answered when a snapshot was asked for: later answers may be ahead of it. */
  get answered(): number {
    return this.#answered;
  }

  /** Take what a call has answered: it may be ahead of the stream, and of snapshots that are under way. */
  accept(projectId: string, answer: Answered): void {
    if (this.#isOvertaken(projectId, answer)) return;
    this.#answered += 1;
    this.#answers.set(this.#answered, answer);
    this.#answers.delete(this.#answered - ANSWERS_KEPT);
    for (const query of this.#queriesOf(projectId)) {
      this.#put(
        query,
        withAnswer(String(query.queryKey[0]), query.state.data, answer, this.#about(query.queryKey)),
      );
    }
  }

  /** A snapshot brought up to what is known by now; `asked` is what `answered` said when it was asked for. */
  caughtUp<T extends object>(key: readonly unknown[], asked: number, data: T): T {
    let next: unknown = data;
    for (const [at, answer] of this.#answers) {
      if (at > asked) next = withAnswer(String(key[0]), next, answer, this.#about(key));
    }
    return this.#advanced(key, next as T).data as T;
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

  /** A change with the dialog as an answer has told it already, if that is newer. */
  #newest(change: Change): Change {
    let newest = change.dialog;
    for (const { dialog } of this.#answers.values()) {
      if (newest && dialog?.id === newest.id && dialog.version > newest.version) newest = dialog;
    }
    return newest === change.dialog ? change : { ...change, dialog: newest };
  }

  /** Whether the stream was ahead of an answer: then it says nothing new. */
  #isOvertaken(projectId: string, { dialog, message }: Answered): boolean {
    const changes = this.#logs.get(projectId)?.after(0) ?? [];
    return changes.some(
      (change) =>
        (dialog && change.dialog?.id === dialog.id && change.dialog.version >= dialog.version) ||
        (message && change.message?.id === message.id && change.message.version >= message.version) ||
        (message && change.message_id === message.id),
    );
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
    const { data: next, isWhole } = this.#advanced(query.queryKey, data, true);
    this.#put(query, next);
    if (!isWhole) this.#want(query);
  }

  #put(query: Query, data: unknown): void {
    if (data === query.state.data) return;
    this.#isPutting = true;
    // The data is no newer than when it was read, but it is not stale either.
    this.#client.setQueryData(query.queryKey, data, { updatedAt: query.state.dataUpdatedAt });
    this.#isPutting = false;
    // The cache may have made a copy of it.
    const brought = this.#brought.get(data as object);
    if (brought) this.#brought.set(query.state.data as object, brought);
  }

  #advanced(key: readonly unknown[], data: object, isCached = false): { data: object; isWhole: boolean } {
    const projection = projections[String(key[0])];
    if (!projection) return { data, isWhole: true };
    const about = this.#about(key);
    const brought = new Map(this.#brought.get(data));
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
    // What is in doubt shall be found so again, when it is in the cache and can be read anew.
    if (isWhole || isCached) this.#brought.set(next as object, brought);
    return { data: next as object, isWhole };
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
