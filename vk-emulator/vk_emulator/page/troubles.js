// VK's troubles: those of the community, and those of the application (OAuth and its own tokens).
import { act, at, button, call, ofCommunity, onButton, onForm, showList } from "/page/doing.js";
import { element, text } from "/page/shown.js";

const CHOICES = { when: ["before", "after"], body: ["html", "truncated"], flow: ["", "identity", "communities"] };
const TEXTS_OF_FAULTS = ["method", "text", "type", "error", "right"];
const kinds = { community: [], app: [] };

const pathOf = (owner) => (owner === "app" ? "/app/faults" : ofCommunity("/faults"));

export async function readFaultKinds() {
  kinds.community = (await call("GET", "/fault-kinds")).items;
  kinds.app = (await call("GET", "/app/fault-kinds")).items;
}

export async function readFaults() {
  const [ofOne, ofApp] = await Promise.all([call("GET", pathOf("community")), call("GET", pathOf("app"))]);
  return [...ofOne.items.map((one) => ({ ...one, owner: "community" })), ...ofApp.items.map((one) => ({ ...one, owner: "app" }))];
}

// A kind is known by whose it is: both have some of the same names.
function chosenKind() {
  const [owner, kind] = at("fault-kind").value.split(":");
  return { owner, kind, options: kinds[owner]?.find((one) => one.kind === kind)?.options ?? [] };
}

export function showFaultKinds() {
  const selected = at("fault-kind").value;
  at("fault-kind").replaceChildren(...Object.entries(kinds).map(([owner, known]) =>
    element("optgroup", { label: text(`faults_${owner}`) },
      ...known.map(({ kind }) => element("option", { value: `${owner}:${kind}`, textContent: text(`kind_${kind}`) })))));
  if (selected) at("fault-kind").value = selected;
  showFaultOptions();
}

function showFaultOptions() {
  at("fault-options").replaceChildren(
    ...chosenKind().options.map((option) => {
      const name = option.replace("!", "");
      const field = CHOICES[name]
        ? element("select", { name }, ...CHOICES[name].map((value) => element("option", { value, textContent: value || text("any") })))
        : element("input", { name, autocomplete: "off", required: option.endsWith("!") });
      if (!CHOICES[name] && !TEXTS_OF_FAULTS.includes(name)) {
        Object.assign(field, { type: "number", min: 0, step: name === "probability" ? 0.01 : "any" });
      }
      return element("label", {}, text(`option_${name}`), field);
    }),
  );
}

export function showFaults(faults) {
  showList("faults", faults, "noFaults", ({ id, kind, owner, hits, remaining, ...options }) => {
    const details = Object.entries(options).map(([name, value]) => `${text(`option_${name}`)}: ${value}`);
    return element("li", { className: "row" },
      element("span", { className: "grow" }, element("strong", { textContent: text(`kind_${kind}`) }),
        element("small", { textContent: [text(`faults_${owner}`), ...details, text("hits", { n: hits })].join(" · ") })),
      button(text("switchOff"), { fault: id, owner }, { ariaLabel: `${text("switchOff")}: ${text(`kind_${kind}`)}` }));
  });
}

export function listenToTroubles() {
  at("fault-kind").addEventListener("change", showFaultOptions);
  onForm("new-fault", (form) => {
    const fields = [...form.querySelectorAll("#fault-options [name]")].filter((field) => field.value !== "");
    const options = fields.map((field) => [field.name, field.type === "number" ? Number(field.value) : field.value]);
    const { owner, kind } = chosenKind();
    return call("POST", pathOf(owner), { kind, ...Object.fromEntries(options) });
  }, "on");
  at("faults").addEventListener("click", ({ target: { dataset } }) => {
    if (dataset.fault) act(() => call("DELETE", `${pathOf(dataset.owner)}/${dataset.fault}`));
  });
  onButton("no-faults", async () => {
    await call("DELETE", pathOf("app"));
    await call("DELETE", pathOf("community"));
  });
}
