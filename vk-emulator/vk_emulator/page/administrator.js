// The administrator's card: settings, keys, callback servers and the people who run the community.
import { act, at, button, call, community, ofCommunity, onButton, onChange, onForm, seen, showList } from "/page/doing.js";
import { clock, element, text } from "/page/shown.js";

const LEVELS = ["0", "1", "2", "3"];
let editedServer = null;

export function showAdministrator() {
  const one = community();
  at("state").hidden = one.state === "active";
  at("state").textContent = text(one.state);
  at("messages-on").checked = one.messages_enabled;
  at("docs-on").checked = one.docs_enabled;
  at("key").value = one.key ?? text("noKey");
  at("copy").disabled = !one.key;
  at("delete").hidden = at("ban").hidden = one.state !== "active";
  at("restore").hidden = one.state === "active";
  showList("keys", seen.keys, "noKey", keyRow);
  showList("servers", one.callback_servers, "noServers", serverRow);
  showList("team", one.team, "nobody", officerRow);
}

function keyRow({ key, rights, app_id: appId }) {
  const label = `${text("deleteKey")} …${key.slice(-6)}`;
  return element("li", { className: "row" },
    element("span", { className: "grow" }, element("span", { className: "mono", textContent: `…${key.slice(-6)} ` }),
      element("span", { className: "badge", textContent: text(appId ? "byConsent" : "byHand") }),
      element("small", { textContent: rights.map((right) => text(`right_${right}`)).join(", ") })),
    button(text("remove"), { key }, { ariaLabel: label }));
}

function serverRow(server) {
  const isPaused = server.paused_until > Date.now() / 1000;
  return element("li", {},
    element("span", { className: `badge ${server.status}`, textContent: server.status }), " ",
    element("strong", { textContent: server.title }), " ",
    element("span", { className: "mono wrap", textContent: server.url }),
    element("small", { textContent: text("serverFacts", { version: server.api_version, n: server.events.length }) }),
    isPaused ? element("span", { className: "badge failed", textContent: text("paused", { time: clock(server.paused_until) }) }) : "",
    element("div", { className: "buttons" },
      button(text("edit"), { server: server.id }, { ariaLabel: `${text("edit")}: ${server.title}` }),
      button(text("remove"), { removed: server.id }, { ariaLabel: `${text("remove")}: ${server.title}` })));
}

function officerRow({ user_id: userId, name, level }) {
  const select = element("select", { ariaLabel: text("levelOf", { name }) },
    ...LEVELS.map((value) => element("option", { value, textContent: text(`level_${value}`) })));
  select.value = String(level);
  select.dataset.officer = userId;
  return element("li", { className: "row" }, element("span", { className: "grow", textContent: name }), select);
}

// The form edits the server that was chosen, or adds one of another service.
function editServer(id) {
  const server = community().callback_servers.find((one) => one.id === id);
  editedServer = server?.id ?? null;
  const form = at("server-form");
  form.hidden = false;
  for (const name of ["url", "title", "secret_key", "api_version"]) form.elements[name].value = server?.[name] ?? "";
  form.elements.status.value = server?.status ?? "ok";
  form.elements.events.value = server?.events.join(", ") ?? "";
  at("server-form-title").textContent = text(server ? "serverEdited" : "serverAdded", { n: id });
  form.elements.url.focus();
}

function saveServer(form) {
  const body = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
  body.events = (body.events ?? "").split(/[\s,]+/).filter(Boolean);
  form.hidden = true;
  return call("POST", ofCommunity(`/callback-servers${editedServer === null ? "" : `/${editedServer}`}`), body);
}

export function listenToAdministrator() {
  onChange("messages-on", (field) => call("POST", ofCommunity("/settings"), { messages_enabled: field.checked }));
  onChange("docs-on", (field) => call("POST", ofCommunity("/settings"), { docs_enabled: field.checked }));
  onButton("copy", () => navigator.clipboard.writeText(at("key").value), "copied");
  onButton("revoke", () => call("POST", ofCommunity("/keys/revoke")));
  onButton("new-key", () => call("POST", ofCommunity("/keys")));
  onButton("delete", async () => confirm(text("confirmDelete")) && call("POST", ofCommunity("/delete")));
  onButton("ban", () => call("POST", ofCommunity("/ban")));
  onButton("restore", () => call("POST", ofCommunity("/restore")));
  at("keys").addEventListener("click", ({ target }) => {
    if (target.dataset.key) act(() => call("POST", ofCommunity("/keys/revoke"), { key: target.dataset.key }));
  });
  at("servers").addEventListener("click", ({ target: { dataset } }) => {
    if (dataset.server) editServer(Number(dataset.server));
    if (dataset.removed) act(() => call("DELETE", ofCommunity(`/callback-servers/${dataset.removed}`)));
  });
  at("new-server").addEventListener("click", () => editServer(null));
  at("no-server").addEventListener("click", () => { at("server-form").hidden = true; });
  onForm("server-form", saveServer);
  at("team").addEventListener("change", ({ target }) =>
    act(() => call("POST", ofCommunity(`/admins/${target.dataset.officer}/level`), { level: Number(target.value) })));
  onForm("new-officer", () => {
    const [userId, level] = [at("officer").value, 3];
    return call("POST", ofCommunity(`/admins/${userId}/level`), { level });
  });
}
