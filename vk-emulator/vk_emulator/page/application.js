// The application's card: how VK treats it, and the people who are signed in by VK ID.
import { act, at, button, call, onChange, seen, showList } from "/page/doing.js";
import { element, text } from "/page/shown.js";

export function showApplication() {
  at("app-name").textContent = text("appName", { name: seen.app.name, id: seen.app.id });
  at("groups-scope").value = seen.app.groups_scope;
  at("token-shape").value = seen.app.token_shape;
  showList("sessions", seen.sessions, "noSessions", ({ user_id: userId, name, scope }) =>
    element("li", { className: "row" },
      element("span", { className: "grow" }, element("strong", { textContent: name }),
        element("small", { textContent: scope.join(" ") })),
      button(text("endSession"), { person: userId }, { ariaLabel: `${text("endSession")}: ${name}` })));
}

export function listenToApplication() {
  onChange("groups-scope", (field) => call("POST", "/app", { groups_scope: field.value }));
  onChange("token-shape", (field) => call("POST", "/app", { token_shape: field.value }));
  at("sessions").addEventListener("click", ({ target: { dataset } }) => {
    if (dataset.person) act(() => call("POST", "/app/sessions/end", { user_id: Number(dataset.person) }));
  });
}
