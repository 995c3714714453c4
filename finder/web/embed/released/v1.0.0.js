// Specialist finder 1.0.0
(() => {
// A form that is quicker with scripts, wherever it stands: suggestions, one's own location, a link to share.
// It works without. Nothing is stored.

function make(tag, attributes, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...inside);
  return made;
}

// ---- Words being typed: a combobox after ARIA 1.2, and what is urgent in them at once

function suggest(form, say, lang) {
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
      const body = new URLSearchParams({ q, lang: lang() });
      const told = { method: "POST", body, signal: flight.signal, credentials: "omit", referrerPolicy: "no-referrer" };
      const reply = await fetch(path, told);
      const answer = await reply.json();
      if (input.value.trim() !== q) return;
      if (answer.notices) warn(answer.notices); // a refusal, such as of too many requests, may bring them as well
      if (!reply.ok || !offering || input.getRootNode().activeElement !== input) return;
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

// <specialist-finder>: the finder drawn into a shadow root of somebody else's page.
// What stands inside the element, a plain form, a link and a phone number, is shown until an answer is there, and again
// whenever none comes. It never touches the page's address, history, storage or attributes, and parses no markup.

const base = document.currentScript.src.replace(/\/embed\/[^/]*$/, "");
const NAMES = ["zip", "near", "condition", "procedure", "q", "age", "who", "group", "radius", "sort", "specialty",
  "new_patients", "referral", "telehealth", "gender", "language", "phone_language", "interpreter", "step_free", "walk_in",
  "plan", "organization", "name", "stage", "limit", "offset"];
const ADDRESSES = ["href", "action", "formaction", "data-suggest", "data-link"];
const WORDS = {
  en: { failed: "That did not load.", again: "Try again", back: "Back to the list" },
  es: { failed: "No se pudo cargar.", again: "Intentar de nuevo", back: "Volver a la lista" },
};
const SVG = "http://www.w3.org/2000/svg", PATIENCE_MS = 15000;
const sheets = new Map(); // by address: the promise of a style sheet, shared by all elements of a page

const OWN = /--(accent|on-accent|paper|sand|radius|font|heading-font):/g; // as in our sheet: the page may set them

const styled = text => {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
};

function sheet(address) {
  if (!sheets.has(address)) {
    sheets.set(address, fetch(address, { credentials: "omit", referrerPolicy: "no-referrer" }).then(async reply => {
      if (!reply.ok) throw new Error(`${address}: ${reply.status}`);
      return styled(await reply.text());
    }).catch(fault => { sheets.delete(address); throw fault; }));
  }
  return sheets.get(address);
}

function build(node, within) {
  if (typeof node === "string") return document.createTextNode(node);
  const [tag, ...rest] = node, drawn = within || tag === "svg";
  const made = drawn ? document.createElementNS(SVG, tag) : document.createElement(tag);
  const attributes = rest[0]?.constructor === Object ? rest.shift() : {};
  for (const [name, value] of Object.entries(attributes)) {
    const isOurs = ADDRESSES.includes(name) && value.startsWith("/");
    made.setAttribute(name, isOurs ? new URL(value, base).href : value);
  }
  made.append(...rest.map(one => build(one, drawn)));
  return made;
}

class SpecialistFinder extends HTMLElement {
  #root;
  #live;
  #flight;

  connectedCallback() {
    if (this.#root) return;
    this.#root = this.attachShadow({ mode: "open" });
    this.#plain();
    const site = this.getAttribute("site");
    if (!site || !globalThis.CSSStyleSheet?.prototype.replaceSync) return;
    this.#root.addEventListener("click", event => this.#followed(event));
    this.#root.addEventListener("submit", event => this.#sent(event));
    const asked = new URLSearchParams();
    for (const name of NAMES) {
      const value = this.getAttribute(name.replaceAll("_", "-"));
      if (value) asked.set(name, value);
    }
    const path = asked.has("zip") || asked.has("near") ? "specialists" : "";
    this.#load(new URL(`${base}/embed/part/${encodeURIComponent(site)}/${path}?${asked}`));
  }

  get #language() {
    const told = this.closest("[lang]")?.lang.slice(0, 2).toLowerCase();
    return told in WORDS ? told : "";
  }

  #plain(...before) {
    this.#root.replaceChildren(...before, document.createElement("slot"));
  }

  #say(text) {
    const live = this.#live;
    live.textContent = "";
    if (text) setTimeout(() => { live.textContent = text; }, 60); // a change is read, the same text twice is not
  }

  // The address of a part of what a link leads to, null where it leads elsewhere.
  #part(address) {
    const page = `${base}/embed/page/`;
    return address.startsWith(page) ? new URL(`${base}/embed/part/${address.slice(page.length)}`) : null;
  }

  #followed(event) {
    const modified = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    const link = event.target.closest?.("a[href]");
    if (event.defaultPrevented || modified || !link || link.target || this.contains(link)) return;
    const told = link.getAttribute("href");
    if (told.startsWith("#")) { // else it would be the page's address that changes
      event.preventDefault();
      return this.#goTo(told.slice(1));
    }
    const part = this.#part(link.href);
    if (!part) return;
    event.preventDefault();
    this.#load(part, null, true);
  }

  #sent(event) {
    const form = event.target, by = event.submitter;
    const part = this.#part(by?.getAttribute("formaction") ?? form.getAttribute("action") ?? "");
    // The plain form goes on as it would without us: we hear of it, since it is shown in our slot.
    if (event.defaultPrevented || !part || by?.formTarget || this.contains(form)) return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form));
    if (by?.name) fields.append(by.name, by.value);
    const posts = form.getAttribute("method") === "post";
    if (!posts) part.search = fields;
    this.#load(part, posts ? fields : null, true);
  }

  #goTo(id) {
    const found = this.#root.getElementById(id);
    if (!found) return;
    if (!found.matches("a, button, input, select, summary")) found.tabIndex = -1;
    found.focus();
  }

  async #load(part, body = null, moved = false) {
    this.#flight?.abort();
    const own = this.#flight = new AbortController(), { hash } = part;
    const level = this.getAttribute("heading-level");
    if (level) part.searchParams.set("heading", level);
    if (this.#language && !part.searchParams.has("lang")) part.searchParams.set("lang", this.#language);
    const patience = setTimeout(() => own.abort(), PATIENCE_MS);
    const waiting = setTimeout(() => {
      this.#root.querySelector(".main")?.setAttribute("aria-busy", "true");
      if (moved) this.#say(this.#root.querySelector("form[data-waiting]")?.dataset.waiting);
    }, 400);
    try {
      const told = { method: body ? "POST" : "GET", body, signal: own.signal };
      const reply = await fetch(part, { ...told, credentials: "omit", referrerPolicy: "no-referrer" });
      const answer = await reply.json();
      if (!answer.nodes) return this.#refused(answer, () => this.#load(part, body, moved));
      const rules = await sheet(new URL(answer.sheet, base).href);
      if (this.#flight === own) this.#draw(answer, rules, moved, hash.slice(1));
    } catch (fault) {
      if (this.#flight !== own) return; // another click came first
      if (moved) this.#refused({}, () => this.#load(part, body, moved));
      else console.warn(`specialist-finder: ${base} did not answer, so the plain form stays.`, fault);
    } finally {
      clearTimeout(patience);
      clearTimeout(waiting);
      this.#root.querySelector(".main")?.removeAttribute("aria-busy");
    }
  }

  // What no part came for is told above what is shown, which keeps all that was typed; what sounded urgent comes first.
  // Of what only a web team can mend patients read nothing but the plain form: it stands in the console, and below.
  #refused({ code = "", detail, notices = [] }, again) {
    const words = WORDS[this.#language || "en"], shown = this.#root.querySelector(".body");
    if (code) console.error(`specialist-finder: ${code}: ${detail}`);
    if (code.startsWith("site_")) {
      this.#plain();
      return this.#root.append(make("p", { lang: this.#language || "en", part: "refusal" }, make("small", {}, detail)));
    }
    const button = make("button", { type: "button", class: "button" }, words.again);
    button.addEventListener("click", again);
    const note = make("div", { class: "note error failed", role: "alert", tabindex: "-1" },
      ...notices.map(one => make("p", {}, make("b", {}, one.message))),
      ...notices.filter(one => one.phone).map(one => make("p", {}, make("a", { class: "button", href: `tel:${one.phone}` }, one.call))),
      make("p", {}, detail ?? words.failed), make("p", {}, button));
    if (shown) {
      shown.querySelector(".failed")?.remove();
      shown.prepend(note);
    } else this.#plain(make("div", { class: "body light", lang: this.#language || "en" }, note));
    note.focus();
  }

  #draw({ nodes, language, look }, rules, moved, anchor) {
    const plain = this.querySelector("input[name=zip]"), first = !this.#live;
    const former = this.#root.querySelector(".body"), left = this.#root.activeElement, { top: at } = this.getBoundingClientRect();
    const isFocused = first && this.contains(document.activeElement) && document.activeElement === plain;
    this.#live = make("p", { class: "hidden", role: "status" });
    const body = make("div", { class: "body", lang: language, dir: "ltr", part: "body" }, ...nodes.map(one => build(one)));
    if (this.getAttribute("scheme") !== "auto") body.classList.add("light");
    this.#root.adoptedStyleSheets = [rules, styled(look.replaceAll(":root", ".body").replace(OWN, "--own-$1:"))];
    this.#root.replaceChildren(body, this.#live);
    for (const form of body.querySelectorAll("form[data-suggest]")) {
      suggest(form, text => this.#say(text), () => language);
      locate(form);
    }
    body.querySelectorAll("button.copy").forEach(share);
    const zip = body.querySelector("input[name=zip]");
    if (first && zip && plain?.value) zip.value = plain.value; // typed before we came
    if (isFocused) zip?.focus();
    if (!moved) return;
    // Where what is asked stands in no address a person's page cannot lead back; this memory can.
    if (former?.querySelector(".card") && !body.querySelector(".card, .back a")) {
      const back = make("button", { type: "button", class: "link" }, WORDS[language]?.back ?? WORDS.en.back);
      back.addEventListener("click", () => {
        this.#root.replaceChildren(former, this.#live);
        left?.focus({ preventScroll: true });
        scrollBy({ top: this.getBoundingClientRect().top - at, behavior: "instant" });
      });
      body.querySelector(".main .wide")?.prepend(make("p", { class: "back" }, back));
    }
    const target = (anchor && this.#root.getElementById(anchor)) || body.querySelector(".error, .h1, .h2") || body;
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
    const { top, bottom } = target.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight) (anchor ? target : body).scrollIntoView({ behavior: "instant" });
    this.#say(this.#root.getElementById("count")?.textContent.trim());
  }
}

if (!customElements.get("specialist-finder")) customElements.define("specialist-finder", SpecialistFinder);
})();
