// The page: plays VK's users, the administrator and VK's troubles over the control API. Texts are only ever text nodes.
import { listenToAdministrator, showAdministrator } from "/page/administrator.js";
import { listenToApplication, showApplication } from "/page/application.js";
import { act, at, call, community, ofCommunity, ofUser, onButton, onForm, refreshWith, seen, show, tell } from "/page/doing.js";
import { bubble } from "/page/messages.js";
import { chosen, clock, element, text } from "/page/shown.js";
import { listenToTroubles, readFaultKinds, readFaults, showFaultKinds, showFaults } from "/page/troubles.js";

const POLL_MILLISECONDS = 1000;
const TYPING_MILLISECONDS = 4000;
const ACTIVITY_SECONDS = 6;
const SAMPLES = ["photo", "doc", "audio_message", "sticker", "video", "link", "wall", "market", "graffiti", "gift",
  "poll", "story", "call", "audio", "wall_reply", "unknown"];

function showStrings() {
  document.documentElement.lang = chosen.language;
  document.title = text("title");
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = text(node.dataset.text);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", text(node.dataset.label));
  at("language").textContent = text("language");
  at("sample").replaceChildren(
    element("option", { value: "", textContent: text("sample") }),
    ...SAMPLES.map((name) => element("option", { value: name, textContent: text(`type_${name}`) })),
  );
  showFaultKinds();
  showLink();
}

function showCommunities() {
  show(at("community"), seen.communities.map((one) => [one.id, one.name]), () =>
    seen.communities.map((one) => element("option", { value: one.id, textContent: one.name })));
  at("community").value = chosen.community;
  show(at("officer"), seen.users.map((user) => [user.id, user.name]), () =>
    seen.users.map((user) => element("option", { value: user.id, textContent: user.name })));
  showAdministrator();
}

function lastLine(message) {
  if (!message) return "";
  return message.text || message.attachments.map((one) => text(`type_${one.type}`)).join(", ");
}

function showUsers() {
  const inDialogs = seen.dialogs.map((dialog) => dialog.user.id);
  const admins = seen.communities.map((one) => one.admin_id);
  const others = seen.users.filter((user) => !inDialogs.includes(user.id) && !admins.includes(user.id));
  const rows = [
    ...seen.dialogs.slice(0, 200).map((dialog) => [dialog.user, lastLine(dialog.last_message)]),
    ...others.reverse().slice(0, 50).map((user) => [user, user.city]),
  ];
  if (!rows.some(([user]) => user.id === chosen.user)) chosen.user = rows[0]?.[0].id ?? null;
  show(at("users"), [rows, chosen.user], () =>
    rows.map(([user, line]) => {
      const button = element("button", { type: "button", className: "person" },
        element("img", { src: user.avatar_url, alt: "", width: 40, height: 40 }),
        element("span", {}, element("strong", { textContent: user.name }), element("small", { textContent: line })));
      button.setAttribute("aria-pressed", String(user.id === chosen.user));
      button.dataset.user = user.id;
      return element("li", {}, button);
    }));
}

function showDialog() {
  const dialog = seen.dialogs.find((one) => one.user.id === chosen.user);
  const user = dialog?.user ?? seen.users.find((one) => one.id === chosen.user);
  at("write-label").textContent = text("writeAs", { name: user?.name });
  at("reply-label").textContent = text("replyAs", { name: community().admin_name });
  const refused = dialog && !dialog.can_write.allowed;
  const permission = at("permission");
  permission.hidden = false;
  permission.className = `badge ${dialog ? (refused ? "failed" : "ok") : ""}`;
  permission.textContent = text(!dialog ? "never" : refused ? `refused${dialog.can_write.reason}` : "allowed");
  at("allow").hidden = Boolean(dialog?.allowed);
  at("deny").hidden = !dialog?.allowed;
  at("block").hidden = Boolean(dialog?.blocked);
  at("unblock").hidden = !dialog?.blocked;
  const log = at("messages");
  const wasAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  showActivity(dialog);
  const changed = show(log, [seen.messages, chosen.user, dialog?.out_read, dialog?.in_read], () =>
    seen.messages.length
      ? seen.messages.map((message) => bubble(message, dialog))
      : [element("p", { className: "empty", textContent: text("noMessages") })]);
  if (!changed || !wasAtEnd) return;
  log.scrollTop = log.scrollHeight;
  // Pictures take their place only when they are there.
  for (const picture of log.querySelectorAll("img")) {
    picture.addEventListener("load", () => { log.scrollTop = log.scrollHeight; }, { once: true });
  }
}

function showActivity(dialog) {
  const isRecent = dialog?.activity && Date.now() / 1000 - dialog.activity.at < ACTIVITY_SECONDS;
  at("activity").textContent = isRecent ? text("activity", { type: text(`activity_${dialog.activity.type}`) }) : "";
}

function showDeliveries(deliveries) {
  show(at("deliveries"), deliveries, () =>
    deliveries.length
      ? deliveries.map((one) => {
          const answer = one.last_answer;
          const said = answer ? `${answer.status ?? ""} ${answer.error ?? answer.body}`.trim() : "";
          const next = one.state === "pending" && one.attempts ? ` · ${text("retryAt", { time: clock(one.next_attempt_at) })}` : "";
          const tone = { delivered: "ok", pending: "", cancelled: "" }[one.state] ?? "failed";
          return element("tr", {},
            element("td", { textContent: clock(one.created_at) }),
            element("td", { className: "mono", textContent: one.type, title: one.event_id }),
            element("td", {}, element("span", { className: `badge ${tone}`, textContent: text(one.state) })),
            element("td", { textContent: one.attempts }),
            element("td", { className: "wrap", textContent: said + next }));
        })
      : [element("tr", {}, element("td", { colSpan: 5, className: "empty", textContent: text("noDeliveries") }))]);
}

async function refresh() {
  seen.communities = (await call("GET", "/communities")).items;
  if (!community()) chosen.community = seen.communities[0].id;
  const [dialogs, users, keys, faults, deliveries, app, sessions] = await Promise.all([
    call("GET", ofCommunity("/dialogs?limit=200")), call("GET", "/users?limit=300"), call("GET", ofCommunity("/keys")),
    readFaults(), call("GET", ofCommunity("/deliveries?limit=50")), call("GET", "/app"), call("GET", "/app/sessions"),
  ]);
  Object.assign(seen, { dialogs: dialogs.items, users: users.items, keys: keys.items, app, sessions: sessions.items });
  showCommunities();
  showApplication();
  showUsers();
  seen.messages = chosen.user ? (await call("GET", ofUser("/messages"))).items : [];
  showDialog();
  showFaults(faults);
  showDeliveries(deliveries.items);
}

let isOffline = false;
async function poll() {
  try {
    if (!document.hidden) await refresh();
    if (isOffline) tell("");
    isOffline = false;
  } catch {
    isOffline = true;
    tell(text("offline"), true);
  }
  setTimeout(poll, POLL_MILLISECONDS);
}

async function sendFrom(field, path, body) {
  const message = at(field).value.trim();
  if (!message) return;
  await call("POST", path(), { ...body(), text: message });
  at(field).value = "";
}

// What the user writes: a new message with a file or a sample, or an earlier one again.
const draft = { edited: null, typedAt: 0 };

function edit(number, words) {
  draft.edited = number;
  at("write-text").value = words;
  at("editing").hidden = number === null;
  at("extras").hidden = number !== null;
  at("send").textContent = text(number === null ? "send" : "save");
  at("editing-text").textContent = text("editing", { n: number });
  if (number !== null) at("write-text").focus();
}

async function write() {
  const words = at("write-text").value.trim();
  if (draft.edited !== null) {
    await call("POST", ofUser(`/messages/${draft.edited}/edit`), { text: words });
    edit(null, "");
    return;
  }
  const [file] = at("file").files;
  const attachments = [];
  if (file) {
    const kind = /^image\/(png|jpeg|gif)$/.test(file.type) ? "photo" : "doc";
    const form = new FormData();
    form.append("file", file);
    attachments.push((await call("POST", ofUser(`/files?kind=${kind}`), form)).reference);
  }
  const sample = at("sample").value;
  if (!words && !file && !sample) return;
  await call("POST", ofUser("/messages"), { text: words, attachments, ...(sample ? { sample } : {}), ...marks });
  at("write").reset();
  showFile();
  forgetLink();
}

// The link that led here, as vk.me's do: its marks come with the next message, once.
let marks = {};

function followLink() {
  const link = new URLSearchParams(location.search);
  chosen.community = Number(link.get("community")) || null;
  for (const name of ["ref", "ref_source"]) if (link.get(name)) marks[name] = link.get(name);
}

function showLink() {
  at("link").hidden = !marks.ref;
  at("link-text").textContent = text("byLink", { ref: marks.ref });
}

function forgetLink() {
  marks = {};
  history.replaceState(null, "", "/");
  showLink();
}

function showFile() {
  const [file] = at("file").files;
  at("file-name").textContent = file ? file.name : text("file");
}

function typed() {
  if (Date.now() - draft.typedAt < TYPING_MILLISECONDS || !chosen.user) return;
  draft.typedAt = Date.now();
  call("POST", ofUser("/typing")).catch(() => {});
}

function actOnMessage(event) {
  const button = event.target.closest("button");
  if (!button) return;
  const { act: action, number, words, reaction, row, column } = button.dataset;
  const path = ofUser(`/messages/${number}`);
  if (action === "edit") edit(Number(number), words);
  if (action === "delete") act(() => call("POST", `${path}/delete`));
  if (action === "react") act(() => call("POST", `${path}/reaction`, reaction ? { reaction_id: Number(reaction) } : {}));
  if (action === "press") {
    act(async () => {
      const pressed = await call("POST", `${path}/press`, { row: Number(row), column: Number(column) });
      if (pressed.action?.link) open(pressed.action.link, "_blank", "noopener");
    });
  }
}

function listen() {
  at("language").addEventListener("click", () => {
    chosen.language = chosen.language === "ru" ? "en" : "ru";
    localStorage.setItem("language", chosen.language);
    showStrings();
    showFile();
    edit(null, "");
    act(async () => null);
  });
  at("community").addEventListener("change", (event) => {
    chosen.community = Number(event.target.value);
    chosen.user = null;
    edit(null, "");
    act(async () => null);
  });
  at("users").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    chosen.user = Number(button.dataset.user);
    edit(null, "");
    act(async () => null).then(() => at("users").querySelector('[aria-pressed="true"]')?.focus());
  });
  for (const field of ["write-text", "reply-text"]) {
    at(field).addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey) return;
      event.preventDefault();
      event.target.form.requestSubmit();
    });
  }
  onForm("write", write);
  at("write-text").addEventListener("input", typed);
  at("file").addEventListener("change", showFile);
  at("forget-link").addEventListener("click", forgetLink);
  at("stop-editing").addEventListener("click", () => edit(null, ""));
  at("messages").addEventListener("click", actOnMessage);
  onForm("reply", () => sendFrom("reply-text", () => ofCommunity(`/admins/${community().admin_id}/replies`),
    () => ({ user_id: chosen.user })));
  onForm("new-user", async () => {
    const [first, ...last] = at("new-user-name").value.trim().split(/\s+/);
    const user = await call("POST", "/users", first ? { first_name: first, last_name: last.join(" ") } : {});
    chosen.user = user.id;
    at("new-user-name").value = "";
  });
  for (const id of ["allow", "deny", "block", "unblock", "read"]) onButton(id, () => call("POST", ofUser(`/${id}`)));
  onButton("retry", () => call("POST", ofCommunity("/deliveries/retry-now")), "retried");
  listenToAdministrator();
  listenToApplication();
  listenToTroubles();
}

refreshWith(refresh);
followLink();
listen();
showStrings();
showFile();
readFaultKinds().then(showStrings).catch(() => tell(text("offline"), true)).finally(poll);
