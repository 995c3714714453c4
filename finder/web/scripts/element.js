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
