import { fetchAsOperator } from '~/api';

import { createReader, positionsOf, type ServerEvent } from './sse';

/** Half-open is a connection that says nothing: the server speaks at least every ten seconds. */
export const SILENCE_MS = 17_000;
/** After a sleep, silence for this long is reason enough to connect anew. */
const SUSPICION_MS = 12_000;
const PAUSE_MS = 500;
const PAUSE_MS_MAX = 30_000;

/** What a stream tells of. */
export interface StreamListener {
  /** It is open, and stands at these positions. */
  onOpen: (positions: Record<string, number>) => void;
  /** What came in one piece. */
  onEvents: (events: ServerEvent[]) => void;
  onBytes: () => void;
  onClosed: () => void;
  /** The session has ended. */
  onSignedOut: () => void;
  /** A project is not the person's any more. */
  onForbidden: () => void;
}

/**
 * The one connection to the live feed, kept open: read by `fetch`, because an `EventSource` shows neither silence
 * nor the status of a refusal, and cannot send a position that was learned elsewhere.
 */
export class Stream {
  readonly #projects: readonly string[];
  readonly #positions: () => Record<string, number>;
  readonly #listener: StreamListener;
  #stopped = false;
  #attempt = 0;
  #lastByteAt = Date.now();
  #connection: AbortController | null = null;
  #resume: (() => void) | null = null;

  constructor(
    projects: readonly string[],
    positions: () => Record<string, number>,
    listener: StreamListener,
  ) {
    this.#projects = projects;
    this.#positions = positions;
    this.#listener = listener;
    void this.#run();
  }

  /** Close for good. */
  stop(): void {
    this.#stopped = true;
    this.#connection?.abort();
    this.#resume?.();
  }

  /** The machine woke up, or the network is back: do not wait, and do not trust a silent connection. */
  wake(): void {
    this.#attempt = 0;
    if (this.#resume) this.#resume();
    else if (Date.now() - this.#lastByteAt > SUSPICION_MS) this.#connection?.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      let pause = 0;
      try {
        pause = await this.#connect();
      } catch {
        // Whatever broke it, the answer is to connect again.
      }
      if (this.#stopped) return;
      this.#listener.onClosed();
      await this.#wait(Math.max(pause, jittered(PAUSE_MS * 2 ** this.#attempt)));
      this.#attempt += 1;
    }
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#resume = () => {
        clearTimeout(timer);
        resolve();
      };
    }).then(() => {
      this.#resume = null;
    });
  }

  /** Read until the connection ends. Returns the pause that the server asks for, in milliseconds. */
  async #connect(): Promise<number> {
    const connection = new AbortController();
    this.#connection = connection;
    this.#lastByteAt = Date.now();
    const watch = this.#watch(connection);
    try {
      const answer = await orAborted(this.#open(connection.signal), connection.signal);
      if (answer.status === 401) this.#listener.onSignedOut();
      if (answer.status === 403 || answer.status === 404) this.#listener.onForbidden();
      if (!answer.ok || !answer.body) return Number(answer.headers.get('Retry-After') ?? 0) * 1_000;
      await this.#read(answer.body);
      return 0;
    } finally {
      watch.stop();
      connection.abort();
    }
  }

  #open(signal: AbortSignal): Promise<Response> {
    const query = this.#projects.map((id) => `project_id=${encodeURIComponent(id)}`).join('&');
    const known = Object.entries(this.#positions()).filter(([id]) => this.#projects.includes(id));
    const from = known.map(([id, number]) => `${id}:${number}`).join(',');
    return fetchAsOperator(`/api/v1/dialogs/changes?${query}`, {
      signal,
      cache: 'no-store',
      headers: { Accept: 'text/event-stream', ...(from && { 'Last-Event-ID': from }) },
    });
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    const take = createReader();
    let isOpen = false;
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.#stopped) return;
      this.#lastByteAt = Date.now();
      const events = take(decoder.decode(value, { stream: true }));
      const [first] = events;
      if (!isOpen && first?.id) {
        isOpen = true;
        this.#attempt = 0;
        this.#listener.onOpen(positionsOf(first.id));
      }
      if (isOpen) this.#listener.onBytes();
      if (events.length > 0) this.#listener.onEvents(events);
    }
  }

  #watch(connection: AbortController): { stop: () => void } {
    let timer: ReturnType<typeof setTimeout>;
    const look = () => {
      const left = this.#lastByteAt + SILENCE_MS - Date.now();
      if (left <= 0) connection.abort();
      else timer = setTimeout(look, left);
    };
    look();
    return { stop: () => clearTimeout(timer) };
  }
}

/** Between half and all of it, so that those who lost the server together do not come back together. */
function jittered(milliseconds: number): number {
  return Math.min(PAUSE_MS_MAX, milliseconds) * (0.5 + Math.random() / 2);
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}
