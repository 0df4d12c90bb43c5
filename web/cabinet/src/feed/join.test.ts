import { QueryClient, QueryObserver } from '@tanstack/react-query';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { DialogsDialogOut, DialogsDialogSummary, DialogsMessageOut } from '~/api';

import type { Change } from './changes';
import type { CountersByProject } from './counters';
import { Join } from './join';
import type { ListFilters } from './list-filters';
import { addPage, listOf, type ListWindow } from './list-window';
import { addEarlier, messagesOf, pageOf, type ThreadWindow, windowOf } from './thread-window';
import { ME, ModelServer, PROJECT } from './model-server';

const LISTS: ListFilters[] = [
  { tab: 'new' },
  { tab: 'mine' },
  { tab: 'all', important: true },
  { tab: 'closed' },
];

/** A screen with lists, threads, dialogs and counters, in front of a model server whose every answer may be late. */
class Screen {
  readonly client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
  readonly join = new Join(this.client, ME);
  readonly #pending: (() => void)[] = [];
  readonly #server: ModelServer;
  /** What the stream has been sent and the tab has not read yet. */
  #inbox: Change[] = [];
  #sent: number | null = null;

  constructor(server: ModelServer) {
    this.#server = server;
    for (const filters of LISTS) this.#watch(['dialog-list', PROJECT, filters], () => this.#list(filters));
    for (const id of server.dialogIds) {
      this.#watch(['thread', PROJECT, id], () =>
        this.#answer(() => windowOf(id, [pageOf(server.thread(id))], server.position)),
      );
      this.#watch(['dialog', PROJECT, id], () => this.#answer(() => server.dialog(id) as DialogsDialogOut));
    }
    this.#watch(['counters', [PROJECT]], () => this.#answer(() => ({ [PROJECT]: server.counters() })));
  }

  #watch(queryKey: readonly unknown[], queryFn: () => Promise<object>): void {
    const observer = new QueryObserver(this.client, {
      queryKey,
      structuralSharing: false,
      queryFn: async () => {
        const asked = this.join.answered;
        return this.join.caughtUp(queryKey, asked, await queryFn());
      },
    });
    observer.subscribe(() => {});
  }

  /** The state of the server now, which arrives later. */
  #answer<T>(read: () => T): Promise<T> {
    const told = structuredClone(read());
    return new Promise((resolve) => this.#pending.push(() => resolve(told)));
  }

  async #list(filters: ListFilters): Promise<ListWindow> {
    const first = await this.#answer(() => listOf(this.#server.list(filters, null), this.#server.position));
    if (!first.next) return first;
    const key = ['dialog-list', PROJECT, filters];
    const second = await this.#answer(() =>
      listOf(this.#server.list(filters, first.next), this.#server.position),
    );
    return this.join.combined(key, first, second, addPage);
  }

  /** Let the answer that waits for the longest, or any other one, arrive. */
  arrive(which: number): void {
    const [answer] = this.#pending.splice(which % Math.max(1, this.#pending.length), 1);
    answer?.();
  }

  /** Connect: go on where this tab stands, or begin where the server is. */
  connect(): void {
    const known = this.join.positions[PROJECT];
    this.#inbox = [];
    if (known === undefined || known < this.#server.forgotten) {
      this.join.begin(PROJECT, this.#server.position);
      this.#sent = this.#server.position;
    } else {
      this.#sent = known;
    }
  }

  disconnect(): void {
    this.#sent = null;
    this.#inbox = [];
  }

  /** What the server has sent is on its way. */
  hear(): void {
    const sent = this.#sent;
    if (sent === null) return;
    this.#inbox.push(...this.#server.changes.filter((change) => change.number > sent));
    this.#sent = this.#server.position;
  }

  /** Read a piece of the stream; a piece may come again, or before the one that it follows. */
  read(count: number, twice: boolean, swapped: boolean): void {
    this.hear();
    const piece = this.#inbox.splice(0, count);
    if (swapped) piece.reverse();
    const { gaps } = this.join.take(structuredClone(twice ? [...piece, ...piece] : piece));
    if (gaps.size > 0) this.connect();
  }

  earlier(dialogId: string): void {
    const key = ['thread', PROJECT, dialogId];
    const cursor = this.client.getQueryData<ThreadWindow>(key)?.pages[0]?.earlier;
    if (!cursor) return;
    const read = () =>
      windowOf(dialogId, [pageOf(this.#server.thread(dialogId, cursor))], this.#server.position);
    void this.#answer(read).then((page) => {
      this.client.setQueryData<ThreadWindow>(key, (now) => {
        if (now?.pages[0]?.earlier !== cursor) return now;
        return this.join.combined(key, now, page, (window, { pages, position }) => ({
          ...addEarlier(window, pages[0] ?? { items: [], from: null, to: null, earlier: null, later: null }),
          position: Math.min(window.position, position),
        }));
      });
    });
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 8; round += 1) {
      if (this.#sent === null) this.connect();
      this.read(1_000, false, false);
      while (this.#pending.length > 0) {
        this.arrive(0);
        await vi.advanceTimersByTimeAsync(1);
      }
      await vi.advanceTimersByTimeAsync(3_000);
    }
  }
}

const who = fc.nat({ max: 2 });
const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('act' as const),
      dialog: who,
      act: fc.nat({ max: 8 }),
      pick: fc.nat({ max: 20 }),
    }),
    fc.record({ kind: fc.constant('arrive' as const), which: fc.nat({ max: 12 }) }),
    fc.record({
      kind: fc.constant('read' as const),
      count: fc.integer({ min: 1, max: 6 }),
      twice: fc.boolean(),
      swapped: fc.boolean(),
    }),
    fc.record({
      kind: fc.constantFrom('connect' as const, 'disconnect' as const, 'refetch' as const, 'forget' as const),
    }),
    fc.record({ kind: fc.constant('earlier' as const), dialog: who }),
    fc.record({
      kind: fc.constant('answer' as const),
      dialog: who,
      act: fc.nat({ max: 8 }),
      pick: fc.nat({ max: 20 }),
    }),
  ),
  { maxLength: 60 },
);

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('whatever the order of snapshots, changes and breaks, the screen ends as the server is', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const server = new ModelServer();
      const screen = new Screen(server);
      for (const step of script) {
        if (step.kind === 'act') server.act(server.dialogIds[step.dialog] ?? '', step.act, step.pick);
        else if (step.kind === 'arrive') screen.arrive(step.which);
        else if (step.kind === 'read') screen.read(step.count, step.twice, step.swapped);
        else if (step.kind === 'connect') screen.connect();
        else if (step.kind === 'disconnect') screen.disconnect();
        else if (step.kind === 'refetch') void screen.client.refetchQueries();
        else if (step.kind === 'forget') {
          screen.hear();
          server.forget();
        } else if (step.kind === 'earlier') screen.earlier(server.dialogIds[step.dialog] ?? '');
        else if (step.kind === 'answer') {
          screen.join.accept(PROJECT, server.act(server.dialogIds[step.dialog] ?? '', step.act, step.pick));
        } else screen.disconnect();
        await vi.advanceTimersByTimeAsync(step.kind === 'act' ? 0 : 1);
      }
      await screen.settle();
      expectSame(screen, server);
      screen.join.close();
      screen.client.clear();
    }),
    { numRuns: 100 },
  );
}, 60_000);

const shown = ({ id, version }: DialogsDialogSummary) => `${id} v${version}`;
const bubble = (one: DialogsMessageOut) => `${one.id} v${one.version} ${one.place.join('.')} ${one.state}`;

function expectSame({ client }: Screen, server: ModelServer): void {
  for (const filters of LISTS) {
    const list = client.getQueryData<ListWindow>(['dialog-list', PROJECT, filters]);
    expect(list?.items.map(shown)).toEqual(server.wholeList(filters).map(shown));
  }
  for (const id of server.dialogIds) {
    const window = client.getQueryData<ThreadWindow>(['thread', PROJECT, id]);
    const messages = window ? messagesOf(window).map(bubble) : [];
    const whole = server.wholeThread(id).map(bubble);
    // The end of the thread, as far back as it was read; all of it if nothing is left to read.
    expect(messages).toEqual(whole.slice(whole.length - messages.length));
    if (!window?.pages[0]?.earlier) expect(messages).toHaveLength(whole.length);
    expect(client.getQueryData<DialogsDialogOut>(['dialog', PROJECT, id])?.version).toBe(
      server.dialog(id).version,
    );
  }
  const counters = client.getQueryData<CountersByProject>(['counters', [PROJECT]])?.[PROJECT];
  expect({ ...counters, position: 0 }).toEqual({ ...server.counters(), position: 0 });
}
