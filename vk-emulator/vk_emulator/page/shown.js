// What every part of the page shares: the language, what is chosen, and how elements are made.
import { TEXTS } from "/page/texts.js";

export const chosen = { language: localStorage.getItem("language") || "ru", community: null, user: null };

export const text = (key, values = {}) =>
  (TEXTS[chosen.language][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

export const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString(chosen.language);

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
