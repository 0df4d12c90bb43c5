// One message as a bubble: its attachments, buttons, marks and what the user can do with it.
import { clock, element, text } from "/page/shown.js";

// Signs that every system font has; the other reactions are shown by their numbers.
const REACTIONS = { 1: "❤", 3: "☺" };
const OFFERED = [1, 3];
const LONGEST_QUOTE = 80;

const picture = (src, width, height, alt) =>
  element("img", { src, alt, className: "picture", width: Math.min(width, 280), loading: "eager",
    height: Math.round((Math.min(width, 280) * height) / width) });

const link = (href, words) => element("a", { href, target: "_blank", rel: "noopener", textContent: words });

const kilobytes = (bytes) => text("kilobytes", { n: Math.max(Math.round(bytes / 1024), 1) });

function photo(one) {
  const size = one.sizes.find((copy) => copy.type === "x") ?? one.sizes[0];
  return picture(size.url, size.width, size.height, text("type_photo"));
}

// How each type is drawn; what is missing here is only named.
const DRAWN = {
  photo,
  graffiti: (one) => picture(one.url, one.width, one.height, text("type_graffiti")),
  sticker: (one) => (one.images[1] ? picture(one.images[1].url, 128, 128, text("type_sticker")) : text("type_sticker")),
  gift: (one) => picture(one.thumb_256, 128, 128, text("type_gift")),
  video: (one) => element("span", {}, picture(one.image[0].url, 320, 240, text("type_video")), ` ▶ ${one.title}`),
  doc: (one) => link(one.url, `${text("type_doc")}: ${one.title} · ${kilobytes(one.size)}`),
  link: (one) => link(one.url, `${text("type_link")}: ${one.title || one.url}`),
  market: (one) => `${text("type_market")}: ${one.title} · ${one.price.text}`,
  wall: (one) => `${text("type_wall")}: ${one.text}`,
  wall_reply: (one) => `${text("type_wall_reply")}: ${one.text}`,
  audio: (one) => `♪ ${one.artist} — ${one.title}`,
  poll: (one) => `${text("type_poll")}: ${one.question} ${one.answers.map((answer) => `${answer.text}: ${answer.votes}`).join(", ")}`,
  audio_message: (one) =>
    element("span", { className: "voice" },
      element("audio", { controls: true, preload: "none", src: one.link_ogg }),
      element("small", { textContent: one.transcript ?? "" })),
};

function attachment(one) {
  const content = one[one.type];
  try {
    return element("div", { className: "attachment" }, DRAWN[one.type]?.(content) ?? named(one));
  } catch {
    // A test may have sent half an object.
    return element("div", { className: "attachment" }, named(one));
  }
}

const named = (one) => text("attachment", { type: text(`type_${one.type}`) });

function quote(message, mark) {
  const words = message.text || (message.attachments ?? []).map((one) => text(`type_${one.type}`)).join(", ");
  const short = words.length > LONGEST_QUOTE ? `${words.slice(0, LONGEST_QUOTE)}…` : words;
  return element("blockquote", { textContent: `${mark} ${short}` });
}

function keyboard(message) {
  return (message.keyboard?.buttons ?? []).map((buttons, row) =>
    element("div", { className: "keys" },
      ...buttons.map((one, column) =>
        button("press", message, one.action.label ?? one.action.type, { row, column }))));
}

function button(act, message, label, data = {}, properties = {}) {
  const made = element("button", { type: "button", textContent: label, ...properties });
  Object.assign(made.dataset, { act, number: message.conversation_message_id, ...data });
  return made;
}

function reactions(message) {
  return (message.reactions ?? []).map((one) =>
    element("span", { className: "badge", textContent: `${REACTIONS[one.reaction_id] ?? `#${one.reaction_id}`} ${one.count}` }));
}

function actions(message, dialog) {
  const own = (message.reactions ?? []).find((one) => one.user_ids.includes(dialog?.user.id));
  const offered = OFFERED.map((id) => {
    const isOn = own?.reaction_id === id;
    return button("react", message, REACTIONS[id], isOn ? {} : { reaction: id },
      { ariaPressed: String(isOn), ariaLabel: `${text("react")} ${REACTIONS[id]}` });
  });
  if (message.out) return offered;
  return [...offered,
    button("edit", message, "✎", { words: message.text }, { ariaLabel: text("edit"), title: text("edit") }),
    button("delete", message, "✕", {}, { ariaLabel: text("deleteMessage"), title: text("deleteMessage") })];
}

export function bubble(message, dialog) {
  const number = message.conversation_message_id;
  const marks = [clock(message.date), `№ ${number}`];
  if (message.update_time) marks.push(text("edited"));
  if (message.out) marks.push(text(message.admin_author_id ? "byAdmin" : "byApi"));
  if (dialog && number <= (message.out ? dialog.out_read : dialog.in_read)) marks.push(`✓ ${text("readMark")}`);
  return element("div", { className: `bubble ${message.out ? "out" : "in"}` },
    ...(message.reply_message ? [quote(message.reply_message, "↩")] : []),
    ...(message.text ? [element("p", { textContent: message.text })] : []),
    ...message.fwd_messages.map((one) => quote(one, "➥")),
    ...message.attachments.map(attachment),
    ...(message.geo ? [element("div", { className: "attachment" },
      `${text("place")}: ${message.geo.coordinates.latitude}, ${message.geo.coordinates.longitude}`)] : []),
    ...keyboard(message),
    element("div", { className: "foot" },
      element("small", { textContent: marks.join(" · ") }), ...reactions(message),
      element("span", { className: "actions" }, ...actions(message, dialog))));
}
