// What scripts make quicker on our pages: suggestions, answers in place, a link to share, one's own location.
// Every page works without. Nothing is stored: what Back returns to is kept in this tab's memory alone.

const policy = globalThis.trustedTypes?.createPolicy("finder", { createHTML: text => text });
const parsed = text => new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, "text/html");

function make(tag, attributes, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...inside);
  return made;
}

const live = make("p", { class: "hidden", role: "status" });
function say(text) {
  live.textContent = "";
  if (text) setTimeout(() => { live.textContent = text; }, 60); // a change is read, the same text twice is not
}

// ---- Words being typed: a combobox after ARIA 1.2, and what is urgent in them at once

function suggest(form) {
  const input = form.elements.q, { suggest: path, count, picked, label } = form.dataset;
  if (!input || !path) return;
  const list = make("ul", { id: "q-list", class: "choices", role: "listbox", "aria-label": label, hidden: "" });
  const urgent = make("div", { class: "at-once", role: "alert" });
  const field = input.closest(".field");
  field.prepend(urgent);
  input.after(list);
  const told = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "q-list" };
  for (const [name, value] of Object.entries(told)) input.setAttribute(name, value);
  let timer, flight, matches = [], active = -1, codes = "", condition;

  const isOpen = () => !list.hidden;
  function open(wanted) {
    list.hidden = !(wanted && matches.length);
    input.setAttribute("aria-expanded", String(isOpen()));
    mark(-1);
  }
  function mark(number) {
    active = number;
    [...list.children].forEach((one, at) => one.setAttribute("aria-selected", String(at === active)));
    const now = list.children[active];
    if (now) {
      input.setAttribute("aria-activedescendant", now.id);
      now.scrollIntoView({ block: "nearest", behavior: "instant" });
    } else input.removeAttribute("aria-activedescendant");
  }
  function warn(notices) {
    const found = notices.map(one => one.code).join();
    if (found === codes) return; // said already
    codes = found;
    urgent.replaceChildren(...notices.map(one => {
      const section = make("section", { class: one.level === "emergency" ? "stop" : "note soon" });
      section.append(make("p", {}, make("b", {}, one.message)));
      if (one.phone) section.append(make("p", {}, make("a", { class: "button", href: `tel:${one.phone}` }, one.call)));
      return section;
    }));
  }
  async function ask(offering) {
    const q = input.value.trim();
    flight?.abort();
    flight = new AbortController();
    try {
      // By POST, so that words which are still being typed stand in no address.
      const body = new URLSearchParams({ q, lang: document.documentElement.lang });
      const reply = await fetch(path, { method: "POST", body, signal: flight.signal, credentials: "omit" });
      if (!reply.ok) return;
      const answer = await reply.json();
      if (input.value.trim() !== q) return;
      warn(answer.notices);
      if (!offering || document.activeElement !== input) return;
      matches = answer.matches;
      list.replaceChildren(...matches.map((one, at) =>
        make("li", { id: `q-${at}`, role: "option", "aria-selected": "false" }, one.label)));
      open(true);
      if (isOpen()) say(count.replace("{number}", matches.length));
    } catch { /* Without suggestions it is a field like any other. */ }
  }
  function choose(number) {
    const one = matches[number], select = form.elements.condition;
    // Urgent words must reach the server as they are; else the name alone says what is meant.
    if (codes && select) {
      condition ??= select.value;
      select.value = one.condition;
    } else input.value = one.text;
    open(false);
    say(`${picked} ${one.label}`);
    ask(false);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    flight?.abort();
    if (condition !== undefined) form.elements.condition.value = condition; // picked for the words before
    condition = undefined;
    if (input.value.trim().length < 2) {
      matches = [];
      open(false);
      return warn([]);
    }
    timer = setTimeout(ask, 150, true);
  });
  input.addEventListener("keydown", event => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], size = matches.length;
    if (step && size) {
      const from = isOpen() ? active : -1;
      if (!isOpen()) open(true);
      mark(from < 0 ? (step > 0 ? 0 : size - 1) : (from + step + size) % size);
    } else if (event.key === "Enter" && isOpen() && active >= 0) choose(active);
    else if (event.key === "Escape" && isOpen()) open(false);
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", () => { clearTimeout(timer); open(false); });
  for (const press of ["pointerdown", "mousedown"]) { // the field keeps the focus
    list.addEventListener(press, event => event.preventDefault());
  }
  list.addEventListener("click", event => {
    const one = event.target.closest("li");
    if (one) choose([...list.children].indexOf(one));
  });
}

// ---- Where somebody is, to about a mile, asked for only on a click

function locate(form) {
  const button = form.querySelector("button.here"), zip = form.elements.zip;
  if (!button || !navigator.geolocation || !isSecureContext) return;
  const told = form.querySelector("#here"), texts = button.dataset;
  button.hidden = false;
  button.addEventListener("click", () => {
    told.textContent = texts.asking;
    navigator.geolocation.getCurrentPosition(({ coords: { latitude, longitude } }) => {
      // A hundredth of a degree is 0.7 miles north; eastward so many of them as make no less.
      const step = Math.ceil(1 / Math.cos(latitude * Math.PI / 180));
      const east = Math.round(longitude * 100 / step) * step / 100;
      form.elements.near?.remove();
      form.append(make("input", { type: "hidden", name: "near", value: `${latitude.toFixed(2)},${east.toFixed(2)}` }));
      zip.value = "";
      zip.required = false;
      told.textContent = texts.found;
    }, fault => {
      told.textContent = fault.code === fault.PERMISSION_DENIED ? texts.denied : texts.failed;
      zip.focus();
    }, { timeout: 15000, maximumAge: 600000 });
  });
  zip.addEventListener("input", () => {
    form.elements.near?.remove();
    zip.required = true;
    told.textContent = "";
  });
}

// ---- A link to share, without the words

function share(button) {
  const told = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(new URL(button.dataset.link, location.href).href);
      told.textContent = button.dataset.done;
    } catch {
      const shown = button.parentElement.querySelector(".address");
      shown.hidden = false;
      getSelection().selectAllChildren(shown);
      told.textContent = button.dataset.failed;
    }
  });
}

// ---- Answers in place

const pages = new Map(); // what was shown, by the number in the history's state
const frame = of => [...of.head.querySelectorAll("script[src], link[rel=stylesheet]")]
  .map(one => one.getAttribute("src") ?? one.getAttribute("href")).join();
const path = () => location.pathname + location.search;
let here = history.state?.finder ?? 0, shownAt = path(), flight, plain = false, keepsAll = false;

function setUp() {
  document.body.append(live);
  // Where what is asked stands in no address, only this memory can bring back a list after a look at a person.
  keepsAll ||= Boolean(document.querySelector("form[method=post]"));
  for (const form of document.querySelectorAll("form[data-suggest]")) {
    suggest(form);
    locate(form);
  }
  document.querySelectorAll("button.copy").forEach(share);
}

function keep() {
  const nodes = [...document.body.childNodes].filter(one => one !== live);
  const { title, activeElement: focus, documentElement: { lang } } = document;
  pages.set(here, { nodes, title, lang, focus, top: scrollY });
  if (pages.size > 30) pages.delete(pages.keys().next().value);
}

function show(nodes, title, lang) {
  document.title = title;
  document.documentElement.lang = lang;
  document.body.replaceChildren(...nodes, live);
  shownAt = path();
}

const scroll = top => scrollTo({ top, behavior: "instant" });

async function visit(url, body, plainly) {
  flight?.abort();
  const own = flight = new AbortController(), main = document.querySelector("main");
  const slow = setTimeout(() => own.abort(), 10000);
  const waiting = setTimeout(() => {
    main.setAttribute("aria-busy", "true");
    say(document.querySelector("form[data-waiting]")?.dataset.waiting);
  }, 400);
  try {
    const reply = await fetch(url, { method: body ? "POST" : "GET", body, signal: own.signal });
    const kind = reply.headers.get("Content-Type") ?? "";
    const page = parsed(await reply.text());
    const ours = [200, 400].includes(reply.status) && kind.startsWith("text/html") && page.querySelector("main#main") &&
      new URL(reply.url).origin === location.origin && frame(page) === frame(document);
    if (flight !== own) return;
    if (!ours) return plainly(); // another version of us, a page of a network that wants a password, an outage
    keep();
    history.replaceState({ finder: here }, "");
    history.pushState({ finder: ++here }, "", reply.url);
    show([...page.body.childNodes], page.title, page.documentElement.lang);
    setUp();
    const first = document.querySelector(".error") ?? document.querySelector("h1");
    first.tabIndex = -1;
    first.focus({ preventScroll: true });
    scroll(0);
    if (first.getBoundingClientRect().bottom > innerHeight) first.scrollIntoView({ behavior: "instant" });
    say(document.getElementById("count")?.textContent.trim());
  } catch {
    if (flight === own) plainly(); // else another click came first
  } finally {
    clearTimeout(slow);
    clearTimeout(waiting);
    main.removeAttribute("aria-busy");
  }
}

function isAnswer(url) {
  return url.origin === location.origin && /\/(specialists|places)(\/print)?$/.test(url.pathname);
}

document.addEventListener("click", event => {
  const modified = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  const link = event.target.closest?.("a[href]");
  if (event.defaultPrevented || modified || !link || link.target || link.hasAttribute("download")) return;
  const url = new URL(link.href);
  if (url.hash || !(isAnswer(url) || (keepsAll && url.origin === location.origin))) return;
  event.preventDefault();
  visit(url, null, () => location.assign(url));
});

document.addEventListener("submit", event => {
  const form = event.target, by = event.submitter, told = name => form.getAttribute(name) ?? "";
  const url = new URL(by?.getAttribute("formaction") ?? told("action"), location.href);
  if (event.defaultPrevented || plain || told("target") || !isAnswer(url)) return;
  const fields = new URLSearchParams(new FormData(form));
  if (by?.name) fields.append(by.name, by.value);
  const posts = told("method") === "post";
  if (!posts) url.search = fields;
  event.preventDefault();
  visit(url, posts ? fields : null, () => {
    plain = true;
    form.requestSubmit(by);
    plain = false;
  });
});

addEventListener("popstate", ({ state }) => {
  const number = state?.finder ?? 0;
  if (number === here || (!state && path() === shownAt)) return; // an anchor of this page
  flight?.abort();
  flight = null;
  const page = pages.get(number);
  if (!page) return location.reload();
  keep();
  here = number;
  show(page.nodes, page.title, page.lang);
  if (page.focus?.isConnected && page.focus !== document.body) page.focus.focus({ preventScroll: true });
  scroll(page.top);
});

setUp();
