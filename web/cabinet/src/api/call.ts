import { client } from '@otklik/api/client.gen';

import { refusalOf } from './refusal';
import { readWords } from './words';

const REFRESH = '/api/v1/accounts/session/refresh';
const OWN_REQUEST = { 'X-Otklik-Request': '1' };
const renewing = 'otklik.session';

const signedOut = new Set<() => void>();
let renewal: Promise<boolean> | null = null;

/**
 * `fetch` that renews the session once when the short access token has ended.
 * Several calls at once, and several tabs, renew one after another and not side by side.
 */
export async function fetchAsOperator(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const again = request.clone();
  const answer = await fetch(request);
  if (answer.status !== 401 || request.url.includes('/api/v1/accounts/session')) return answer;
  if (await renewSession()) return fetch(again);
  signedOut.forEach((listener) => listener());
  return answer;
}

/** Hear that the session has ended, e.g. because it was closed elsewhere. */
export function onSignedOut(listener: () => void): void {
  signedOut.add(listener);
}

/** Renew the access token; false when the session itself has ended. Throws if that could not be learned. */
export function renewSession(): Promise<boolean> {
  renewal ??= inOneTab(async () => {
    const answer = await fetch(REFRESH, { method: 'POST', headers: OWN_REQUEST });
    // A server that is away for a moment has ended no session.
    if (answer.status >= 500 || answer.status === 429) throw new Error(`The session: ${answer.status}`);
    return answer.ok;
  }).finally(() => {
    renewal = null;
  });
  return renewal;
}

function inOneTab<T>(action: () => Promise<T>): Promise<T> {
  // Locks exist on https and on loopback only.
  return navigator.locks ? navigator.locks.request(renewing, action) : action();
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response?: Response;
}

/** Wait for a call of the generated client; gives its data or throws a `Refusal`. */
export async function call<T>(answer: Promise<Answer<T>>): Promise<T> {
  let outcome: Answer<T>;
  try {
    outcome = await answer;
  } catch (error) {
    throw refusalOf(error, 0);
  }
  if (!outcome.response?.ok) {
    await readWords();
    throw refusalOf(outcome.error, outcome.response?.status ?? 0);
  }
  return outcome.data as T;
}

client.setConfig({ baseUrl: '', fetch: fetchAsOperator, headers: OWN_REQUEST });
