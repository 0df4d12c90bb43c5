// What every part of the page does alike: call the control API, tell what came of it, show lists calmly.
import { chosen, element, text } from "/page/shown.js";

export const at = (id) => document.getElementById(id);

// What the last refresh found; every part of the page reads it.
export const seen = { communities: [], dialogs: [], users: [], messages: [], keys: [], app: null, sessions: [] };

export const community = () => seen.communities.find((one) => one.id === chosen.community);
export const ofCommunity = (path = "") => `/communities/${chosen.community}${path}`;
export const ofUser = (path = "") => ofCommunity(`/users/${chosen.user}${path}`);

let refresh = async () => {};
export const refreshWith = (work) => { refresh = work; };

// Replaces a list only when it changed, so that focus and scrolling survive the polling.
export function show(target, key, build) {
  const state = JSON.stringify([chosen.language, key]);
  if (target.dataset.state === state) return false;
  target.dataset.state = state;
  target.replaceChildren(...build());
  return true;
}

// A list of rows, or the words that there is nothing.
export function showList(id, items, empty, row) {
  return show(at(id), items, () =>
    items.length ? items.map(row) : [element("li", { className: "empty", textContent: text(empty) })]);
}

export function tell(message, isError = false) {
  const notice = at("notice");
  notice.hidden = !message;
  notice.textContent = message || "";
  notice.classList.toggle("error", isError);
}

export async function call(method, path, body) {
  const isForm = body instanceof FormData;
  const answer = await fetch(`/emulator/v1${path}`, {
    method,
    headers: body && !isForm ? { "Content-Type": "application/json" } : {},
    body: body && !isForm ? JSON.stringify(body) : body,
  });
  const content = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(content.detail);
  return content;
}

export async function act(work, done) {
  try {
    const answer = await work();
    tell(done ? text(done, { n: answer?.pending }) : "");
    await refresh();
  } catch (error) {
    tell(text("failed", { text: error.message }), true);
  }
}

export function onForm(id, work, done) {
  at(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act(() => work(event.target), done);
  });
}

export function onButton(id, work, done) {
  at(id).addEventListener("click", () => act(work, done));
}

export function onChange(id, work) {
  at(id).addEventListener("change", (event) => act(() => work(event.target)));
}

// A button whose data say what it does; its list listens for all of them.
export function button(words, data, properties = {}) {
  const made = element("button", { type: "button", textContent: words, ...properties });
  Object.assign(made.dataset, data);
  return made;
}
