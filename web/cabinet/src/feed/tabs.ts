import type { QueryClient } from '@tanstack/react-query';

import type { Change, Whisper } from './changes';
import { spread, spreadAll } from './effects';
import type { Join } from './join';
import { seekLead } from './leadership';
import { type Link, linkStore } from './link';
import { positionsOf, type ServerEvent } from './sse';
import { Stream } from './stream';
import { hear } from './whispers';

/** How long the leading tab may be silent before another one, which a person looks at, takes over. */
const SILENT_LEADER_MS = 15_000;
const BEAT_MS = 5_000;
const LOOK_MS = 1_000;
const ASK_AGAIN_MS = 1_000;
/** How long there may be no connection before it is said. */
const GRACE_MS = 2_000;
const FIRST_GRACE_MS = 5_000;

type Said =
  | { kind: 'link'; link: Link }
  | { kind: 'changes'; changes: Change[] }
  | { kind: 'whispers'; whispers: Whisper[] }
  | { kind: 'begin'; positions: Record<string, number> }
  | { kind: 'ask'; from: string; positions: Record<string, number> }
  | { kind: 'restart'; to: string; positions: Record<string, number> }
  | { kind: 'signed-out' };

/** Somebody who wants to know of news, e.g. to make a sound. `isLeader`: this tab keeps the connection. */
export type NewsListener = (news: readonly Change[], isLeader: boolean) => void;

/**
 * One tab's part in the feed. One tab of a browser keeps the connection and hands on what it hears; the others
 * ask it for what they missed, by position. Where the browser has no locks (plain http on a network) each tab has
 * a connection of its own.
 */
export class FeedTab {
  readonly #id = crypto.randomUUID?.() ?? String(Math.random());
  readonly #client: QueryClient;
  readonly #join: Join;
  readonly #onSignedOut: () => void;
  readonly #news = new Set<NewsListener>();
  readonly #channel: BroadcastChannel | null;
  readonly #lead: { take: () => void } | null;
  #projects: readonly string[];
  #stream: Stream | null = null;
  #heardAt = Date.now();
  #saidAt = 0;
  #askedAt = 0;
  #mustAsk = false;
  #lostAt: number | null = Date.now();

  constructor(
    client: QueryClient,
    join: Join,
    name: string,
    projects: readonly string[],
    onSignedOut: () => void,
  ) {
    this.#client = client;
    this.#join = join;
    this.#projects = projects;
    this.#onSignedOut = onSignedOut;
    const isShared = 'locks' in navigator && 'BroadcastChannel' in globalThis;
    this.#channel = isShared ? new BroadcastChannel(name) : null;
    this.#channel?.addEventListener('message', ({ data }: MessageEvent<Said>) => this.#heard(data));
    this.#lead = isShared
      ? seekLead(name, { onLead: () => this.#connect(), onLost: () => this.#disconnect() })
      : null;
    if (!isShared) this.#connect();
    this.#ask();
    setInterval(() => this.#look(), LOOK_MS);
    for (const event of ['online', 'offline', 'pageshow', 'focus'])
      addEventListener(event, () => this.#wake());
    for (const event of ['visibilitychange', 'resume']) document.addEventListener(event, () => this.#wake());
  }

  /** Hear of news in every tab. */
  onNews(listener: NewsListener): () => void {
    this.#news.add(listener);
    return () => this.#news.delete(listener);
  }

  /** The person has other projects now. */
  follow(projects: readonly string[]): void {
    if (projects.toSorted().join() === [...this.#projects].toSorted().join()) return;
    this.#projects = projects;
    if (this.#stream) this.#connect();
  }

  /** Tell the other tabs that nobody is signed in any more. */
  tellSignedOut(): void {
    this.#say({ kind: 'signed-out' });
  }

  #connect(): void {
    this.#stream?.stop();
    this.#lostAt = Date.now();
    this.#stream = new Stream(this.#projects, () => this.#join.positions, {
      onOpen: (positions) => this.#opened(positions),
      onBytes: () => this.#alive(),
      onEvents: (events) => this.#received(events),
      onClosed: () => this.#lost(),
      onSignedOut: () => {
        this.tellSignedOut();
        this.#onSignedOut();
      },
      // The session says which projects are left.
      onForbidden: () => void this.#client.invalidateQueries({ queryKey: ['session'] }),
    });
  }

  #disconnect(): void {
    this.#stream?.stop();
    this.#stream = null;
    this.#heardAt = Date.now();
  }

  #say(said: Said): void {
    this.#channel?.postMessage(said);
  }

  #opened(positions: Record<string, number>): void {
    const known = this.#join.positions;
    this.#begin(
      Object.fromEntries(Object.entries(positions).filter(([id]) => known[id] === undefined)),
      false,
    );
    this.#say({ kind: 'begin', positions: this.#join.positions });
    this.#lostAt = null;
    this.#show({ state: 'live', lastDataAt: Date.now() });
  }

  #alive(): void {
    if (Date.now() - this.#saidAt >= LOOK_MS) this.#show({ state: 'live', lastDataAt: Date.now() });
  }

  #lost(): void {
    this.#lostAt ??= Date.now();
    this.#look();
  }

  /** Show how the link is, here and in the other tabs. */
  #show(link: Link): void {
    const was = linkStore.get().state;
    linkStore.set(link);
    if (link.state === 'live' && was !== 'live') this.#join.readAgain();
    if (!this.#stream) return;
    this.#saidAt = Date.now();
    this.#say({ kind: 'link', link });
  }

  #received(events: ServerEvent[]): void {
    const changes: Change[] = [];
    const whispers: Whisper[] = [];
    for (const { event, data, id } of events) {
      if (event === 'change') changes.push(JSON.parse(data) as Change);
      else if (event === 'typing' || event === 'presence')
        whispers.push({ ...JSON.parse(data), kind: event });
      else if (event === 'reset' && id) this.#begin(positionsOf(id), true);
    }
    if (changes.length > 0) this.#takeFirst(changes);
    if (whispers.length > 0) {
      whispers.forEach(hear);
      this.#say({ kind: 'whispers', whispers });
    }
  }

  /** Take what the server has told this tab, and hand it on. */
  #takeFirst(changes: Change[]): void {
    const gaps = this.#take(changes);
    if (gaps.size > 0) {
      // The server numbers without a gap; whatever happened, a new beginning heals it.
      const last = changes.filter((change) => gaps.has(change.project_id));
      this.#begin(Object.fromEntries(last.map((change) => [change.project_id, change.number])), true);
    }
    this.#say({ kind: 'changes', changes });
  }

  #take(changes: Change[]): Set<string> {
    const { news, gaps } = this.#join.take(changes);
    if (news.length > 0) {
      spread(this.#client, news);
      this.#news.forEach((listener) => listener(news, this.#stream !== null));
    }
    return gaps;
  }

  #begin(positions: Record<string, number>, isTold: boolean): void {
    for (const [projectId, position] of Object.entries(positions)) {
      const isNew = this.#join.positions[projectId] === undefined;
      this.#join.begin(projectId, position);
      if (!isNew) spreadAll(this.#client, projectId);
    }
    if (isTold) this.#say({ kind: 'begin', positions });
  }

  #heard(said: Said): void {
    if (said.kind === 'signed-out') this.#onSignedOut();
    else if (said.kind === 'ask') this.#answer(said.from, said.positions);
    else if (!this.#stream) this.#follow(said);
  }

  #follow(said: Said): void {
    this.#heardAt = Date.now();
    if (said.kind === 'link') this.#show(said.link);
    else if (said.kind === 'whispers') said.whispers.forEach(hear);
    else if (said.kind === 'changes' && this.#take(said.changes).size > 0) this.#ask();
    else if (said.kind === 'begin') this.#compare(said.positions);
    else if (said.kind === 'restart' && said.to === this.#id) this.#begin(said.positions, false);
  }

  /** The leading tab stands at these positions: begin there what is new, ask for what is missing. */
  #compare(positions: Record<string, number>): void {
    const known = this.#join.positions;
    const differs = ([id, at]: [string, number]) => known[id] === undefined || known[id] > at;
    this.#begin(Object.fromEntries(Object.entries(positions).filter(differs)), false);
    if (Object.entries(positions).some(([id, at]) => (known[id] ?? at) < at)) this.#ask();
  }

  #ask(): void {
    this.#mustAsk = !this.#stream && Date.now() - this.#askedAt < ASK_AGAIN_MS;
    if (this.#stream || this.#mustAsk) return;
    this.#askedAt = Date.now();
    this.#say({ kind: 'ask', from: this.#id, positions: this.#join.positions });
  }

  /** Tell a tab what it missed; of projects that it has missed too much of, where they stand now. */
  #answer(to: string, has: Record<string, number>): void {
    if (!this.#stream) return;
    const missed: Change[] = [];
    const beginnings: Record<string, number> = {};
    for (const [projectId, position] of Object.entries(this.#join.positions)) {
      const changes = has[projectId] === undefined ? null : this.#join.since(projectId, has[projectId]);
      if (changes) missed.push(...changes);
      else beginnings[projectId] = position;
    }
    this.#say({ kind: 'restart', to, positions: beginnings });
    if (missed.length > 0) this.#say({ kind: 'changes', changes: missed });
    this.#say({ kind: 'link', link: linkStore.get() });
  }

  #wake(): void {
    if (this.#stream) this.#stream.wake();
    else this.#ask();
    this.#look();
  }

  /** Look how things are, each second and whenever the machine wakes up. */
  #look(): void {
    if (this.#mustAsk) this.#ask();
    const now = Date.now();
    const { state, lastDataAt } = linkStore.get();
    if (!this.#stream && this.#lead && !document.hidden && now - this.#heardAt > SILENT_LEADER_MS)
      this.#lead.take();
    if (this.#stream && now - this.#saidAt >= BEAT_MS) this.#say({ kind: 'link', link: linkStore.get() });
    const lostAt = this.#stream ? this.#lostAt : null;
    if (lostAt === null) return;
    const grace = lastDataAt === null ? FIRST_GRACE_MS : GRACE_MS;
    const next = !navigator.onLine || now - lostAt >= grace ? 'offline' : 'connecting';
    if (state !== next && state !== 'offline') this.#show({ state: next, lastDataAt });
  }
}
