import { client } from '@otklik/api/client.gen';

import { refusalOf } from './refusal';

const REFRESH = '/api/v1/accounts/session/refresh';
const OWN_REQUEST = { 'X-Otklik-Request': '1' };
const renewing = 'otklik.session';

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
  return (await renewSession()) ? fetch(again) : answer;
}

/** Renew the access token; false when the session itself has ended. */
export function renewSession(): Promise<boolean> {
  renewal ??= inOneTab(async () => {
    const answer = await fetch(REFRESH, { method: 'POST', headers: OWN_REQUEST });
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
  if (!outcome.response?.ok) throw refusalOf(outcome.error, outcome.response?.status ?? 0);
  return outcome.data as T;
}

client.setConfig({ baseUrl: '', fetch: fetchAsOperator, headers: OWN_REQUEST });
