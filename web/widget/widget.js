/* Otklik: the button on your site. Reads one public JSON and sets no cookie. Who goes to a messenger takes a one-time
   mark along, which brings the page's address and campaign to the people who answer; nothing else is sent. */
(function () {
  "use strict";

  var TIMEOUT_MILLISECONDS = 3000;
  var KEPT_MILLISECONDS = 7 * 24 * 3600 * 1000;
  var FRESH_MILLISECONDS = 60 * 1000;
  var REF = /^[A-Za-z0-9_-]{16,512}$/;
  var LINK = /^https:\/\/vk\.me\/[A-Za-z0-9_.]{1,64}$/;
  var COLOR = /^#[0-9a-fA-F]{6}$/;
  var SVG = "http://www.w3.org/2000/svg";
  var BUBBLE = "M12 3C6.5 3 2 6.8 2 11.5c0 2.4 1.2 4.6 3.1 6.1-.1 1.2-.6 2.4-1.6 3.4 2 0 3.9-.7 5.3-1.8 1 .3 2.1.4 3.2.4 5.5 0 10-3.7 10-8.1S17.5 3 12 3z";
  var CROSS = "M18.3 7.1 16.9 5.7 12 10.6 7.1 5.7 5.7 7.1 10.6 12l-4.9 4.9 1.4 1.4 4.9-4.9 4.9 4.9 1.4-1.4-4.9-4.9z";
  var VK = "M12.9 17.3c-6 0-9.6-4.2-9.7-11.1h3c.1 5.1 2.4 7.2 4.2 7.7V6.2h2.9v4.4c1.7-.2 3.5-2.2 4.1-4.4h2.8c-.5 2.6-2.4 4.6-3.8 5.4 1.4.6 3.5 2.3 4.4 5.7h-3.1c-.7-2.1-2.3-3.7-4.4-3.9v3.9h-.4z";
  var WORDS = {
    ru: { title: "Напишите нам", open: "Написать нам", close: "Закрыть", tab: "откроется в новой вкладке" },
    en: { title: "Write to us", open: "Write to us", close: "Close", tab: "opens in a new tab" },
  };

  // Whatever goes wrong in here, the page shall not notice.
  function quietly(work) {
    try {
      return work();
    } catch (error) {
      return undefined;
    }
  }

  function ignore() {}

  function language() {
    var stated = document.documentElement.lang;
    return !stated || /^(ru|be|kk|ky|tt|ba|uk)\b/i.test(stated) ? "ru" : "en";
  }

  function element(name, attributes, children) {
    var made = document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) {
      made.setAttribute(key, attributes[key]);
    });
    (children || []).forEach(function (child) {
      made.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
    });
    return made;
  }

  function icon(path) {
    var svg = document.createElementNS(SVG, "svg");
    var shape = document.createElementNS(SVG, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("focusable", "false");
    shape.setAttribute("d", path);
    svg.appendChild(shape);
    return svg;
  }

  // White unless it has less than 3:1 against the colour (WCAG relative luminance).
  function inkOn(color) {
    var channels = [1, 3, 5].map(function (at) {
      var value = parseInt(color.substr(at, 2), 16) / 255;
      return value <= 0.03928 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
    });
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2] > 0.3 ? "#14181f" : "#ffffff";
  }

  function styles(color, corner) {
    var side = corner === "left" ? "left" : "right";
    return [
      ":host{all:initial}",
      "*{box-sizing:border-box}",
      ".root{position:fixed;z-index:2147483000;bottom:calc(20px + env(safe-area-inset-bottom,0px));" + side +
        ":20px;font:16px/1.4 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;color:#14181f}",
      "svg{display:block;width:28px;height:28px;fill:currentColor}",
      "button,a{font:inherit;cursor:pointer;-webkit-tap-highlight-color:transparent}",
      ".launcher{display:flex;align-items:center;justify-content:center;width:60px;height:60px;padding:0;border:0;" +
        "border-radius:50%;background:" + color + ";color:" + inkOn(color) +
        ";box-shadow:0 6px 20px rgba(20,24,31,.28);transition:transform .15s}",
      ".launcher:hover{transform:scale(1.06)}",
      ".panel{position:absolute;bottom:76px;" + side + ":0;width:320px;max-width:calc(100vw - 40px);" +
        "max-height:calc(100vh - 120px);overflow:auto;background:#fff;border-radius:16px;" +
        "box-shadow:0 12px 40px rgba(20,24,31,.24);animation:rise .18s ease-out}",
      ".panel[hidden]{display:none}",
      ".head{padding:18px 20px;background:" + color + ";color:" + inkOn(color) + "}",
      "h2{margin:0;font-size:18px;line-height:1.3;font-weight:600;overflow-wrap:anywhere}",
      ".body{padding:16px 20px 20px}",
      "p{margin:0 0 14px;white-space:pre-line;overflow-wrap:anywhere}",
      ".link{display:flex;align-items:center;gap:12px;min-height:52px;padding:8px 14px;border-radius:12px;" +
        "background:#006fe6;color:#fff;text-decoration:none}",
      ".link+.link{margin-top:8px}",
      ".link:hover{background:#005fc8}",
      ".link svg{flex:none}",
      ".text{min-width:0}",
      ".label{display:block;font-weight:600;line-height:1.25;overflow-wrap:anywhere}",
      ".name{display:block;font-size:13px;line-height:1.3;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}",
      ":focus-visible{outline:3px solid #14181f;outline-offset:2px;box-shadow:0 0 0 2px #fff}",
      "@keyframes rise{from{opacity:0;transform:translateY(8px)}}",
      "@media (prefers-reduced-motion:reduce){.launcher{transition:none}.panel{animation:none}}",
      "@media (max-width:420px){.root{" + side + ":16px;bottom:calc(16px + env(safe-area-inset-bottom,0px))}" +
        ".panel{width:calc(100vw - 32px);max-width:none}}",
      "@media print{.root{display:none}}",
    ].join("");
  }

  // A constructed sheet is allowed by any content security policy; a <style> is for browsers without them.
  function dress(shadow, css) {
    if ("adoptedStyleSheets" in shadow && "replaceSync" in CSSStyleSheet.prototype) {
      var sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      shadow.adoptedStyleSheets = [sheet];
    } else {
      shadow.appendChild(element("style", {}, [css]));
    }
  }

  function own(text, code) {
    return text && text[code] ? String(text[code]) : "";
  }

  function link(channel, texts, code) {
    var name = String(channel.name);
    var label = own(channel.label, code) || String(texts.vk_button);
    var tooltip = own(channel.tooltip, code);
    var made = element(
      "a",
      {
        class: "link",
        href: channel.link,
        target: "_blank",
        rel: "noopener noreferrer",
        "aria-label": label + ": " + name + " (" + WORDS[code].tab + ")",
      },
      [
        icon(VK),
        element("span", { class: "text" }, [
          element("span", { class: "label" }, [label]),
          element("span", { class: "name" }, [name]),
        ]),
      ]
    );
    if (tooltip) made.title = tooltip;
    made.otklikLink = channel.link;
    return made;
  }

  function linksOf(config, code) {
    return config.channels
      .filter(function (channel) {
        return channel.kind === "vk" && LINK.test(channel.link);
      })
      .map(function (channel) {
        return link(channel, config.texts[code], code);
      });
  }

  // The visitor's mark: asked for when the panel opens, taken along by a click, and then another one is asked for.
  // Without it, and while we are away, the links lead to the same place.
  function marking(base) {
    var links = [];
    var ref = "";

    function carry(mark) {
      ref = mark;
      links.forEach(function (one) {
        one.href = one.otklikLink + (mark ? "?ref=" + mark : "");
      });
    }

    function ask() {
      carry("");
      fetchJson(base + "/mark").then(function (given) {
        if (given && REF.test(given.ref)) carry(given.ref);
      }, ignore);
    }

    function tell(event) {
      if (!ref || (event.type === "auxclick" && event.button !== 1)) return;
      var click = {
        link: event.currentTarget.otklikLink,
        ref: ref,
        page_url: location.href.slice(0, 4000),
        page_title: document.title.slice(0, 300) || null,
        referrer: document.referrer.slice(0, 4000) || null,
      };
      // Plain text, so that the browser need not ask first; and it goes on when the page is left.
      var options = { method: "POST", body: JSON.stringify(click), keepalive: true, credentials: "omit" };
      fetch(base + "/click", options)
        .then(function (answer) {
          return answer.text();
        })
        .catch(ignore);
      setTimeout(ask);
    }

    return {
      ask: ask,
      watch: function (shown) {
        links = shown;
        links.forEach(function (one) {
          ["click", "auxclick"].forEach(function (kind) {
            one.addEventListener(kind, function (event) {
              quietly(function () {
                tell(event);
              });
            });
          });
        });
        carry(ref);
      },
    };
  }

  // What stands in the panel; none of it without a channel.
  function content(config, code) {
    var links = linksOf(config, code);
    var texts = config.texts[code];
    var greeting = texts.greeting ? [element("p", {}, [String(texts.greeting)])] : [];
    var title = String(config.title || WORDS[code].title);
    return {
      links: links,
      parts: [
        element("div", { class: "head" }, [element("h2", { id: "title" }, [title])]),
        element("div", { class: "body" }, greeting.concat(links)),
      ],
    };
  }

  // Only the page itself may open and close the widget: no frame, no other window, no other origin.
  function listen(key, toggle) {
    window.addEventListener("message", function (event) {
      quietly(function () {
        var said = event.data;
        if (event.source !== window || event.origin !== location.origin || !said || typeof said !== "object") return;
        if (Object.keys(said).sort().join() !== "action,otklik" || said.otklik !== key) return;
        if (said.action === "open" || said.action === "close") toggle(said.action === "open");
      });
    });
  }

  function show(config, key, base, refresh) {
    if (document.querySelector('otklik-widget[data-key="' + key + '"]')) return;
    var code = language();
    var words = WORDS[code];
    var color = COLOR.test(config.color) ? config.color : "#1F6FD0";
    var now = content(config, code);
    if (!now.links.length) return;

    var told = JSON.stringify(config);
    var marks = marking(base);
    var host = element("otklik-widget", { "data-key": key });
    var shadow = host.attachShadow({ mode: "open" });
    var launcher = element(
      "button",
      { class: "launcher", type: "button", "aria-label": words.open, "aria-expanded": "false", "aria-controls": "panel" },
      [icon(BUBBLE)]
    );
    var panel = element("section", { class: "panel", id: "panel", role: "dialog", "aria-labelledby": "title", hidden: "" });

    function fill(content) {
      now = content;
      panel.replaceChildren.apply(panel, content.parts);
      marks.watch(content.links);
    }

    function toggle(open) {
      if (open === !panel.hidden) return;
      panel.hidden = !open;
      launcher.setAttribute("aria-expanded", String(open));
      launcher.setAttribute("aria-label", open ? words.close : words.open);
      launcher.replaceChild(icon(open ? CROSS : BUBBLE), launcher.firstChild);
      if (!open) return;
      now.links[0].focus({ preventScroll: true });
      marks.ask();
      refresh(renew);
    }

    // A page may stay open for days: what it offers is looked at again before somebody takes it.
    function renew(config) {
      var next = config && content(config, code);
      if (!next || !next.links.length) return host.remove();
      // Nothing is replaced under a pointer that is about to click, unless it is different.
      if (JSON.stringify(config) === told) return;
      var hadFocus = panel.contains(shadow.activeElement);
      told = JSON.stringify(config);
      fill(next);
      if (hadFocus) now.links[0].focus({ preventScroll: true });
    }

    launcher.addEventListener("click", function () {
      toggle(panel.hidden);
    });
    shadow.addEventListener("keydown", function (event) {
      if (event.key !== "Escape" || panel.hidden) return;
      event.stopPropagation();
      toggle(false);
      launcher.focus();
    });
    document.addEventListener("click", function (event) {
      if (!panel.hidden && event.composedPath().indexOf(host) < 0) toggle(false);
    });

    fill(now);
    listen(key, toggle);
    dress(shadow, styles(color, config.corner));
    shadow.appendChild(element("div", { class: "root", lang: code }, [launcher, panel]));
    document.body.appendChild(host);
  }

  function whenBodyIsThere(work) {
    if (document.body) work();
    else document.addEventListener("DOMContentLoaded", work, { once: true });
  }

  function remember(name, config) {
    quietly(function () {
      if (config) localStorage.setItem(name, JSON.stringify({ at: Date.now(), config: config }));
      else localStorage.removeItem(name);
    });
  }

  function recall(name) {
    return quietly(function () {
      var kept = JSON.parse(localStorage.getItem(name));
      return kept && Date.now() - kept.at < KEPT_MILLISECONDS ? kept.config : undefined;
    });
  }

  // Gives null for a 404: there is no such widget, or it is not for this site. An answer is read to its end, or the
  // browser would keep its connection.
  function fetchJson(url) {
    var stop = new AbortController();
    var timer = setTimeout(function () {
      stop.abort();
    }, TIMEOUT_MILLISECONDS);
    return fetch(url, { credentials: "omit", referrerPolicy: "no-referrer", signal: stop.signal })
      .then(function (answer) {
        return answer.text().then(function (text) {
          if (answer.status === 404) return null;
          if (!answer.ok) throw new Error("no answer");
          return JSON.parse(text);
        });
      })
      .finally(function () {
        clearTimeout(timer);
      });
  }

  quietly(function () {
    var script = document.currentScript || document.querySelector("script[data-otklik]");
    var key = script.getAttribute("data-otklik");
    if (!/^[A-Za-z0-9_-]{16,64}$/.test(key)) return;
    var name = "otklik:" + key;
    var base = new URL("/w/" + key, script.src).href;
    var lookedAt;

    function look() {
      lookedAt = Date.now();
      return fetchJson(base + ".json").then(function (config) {
        remember(name, config);
        return config;
      });
    }

    function refresh(renew) {
      if (Date.now() - lookedAt > FRESH_MILLISECONDS) look().then(renew).catch(ignore);
    }

    look()
      .catch(function () {
        return recall(name);
      })
      .then(function (config) {
        if (!config) return;
        whenBodyIsThere(function () {
          quietly(function () {
            show(config, key, base, refresh);
          });
        });
      })
      .catch(ignore);
  });
})();
