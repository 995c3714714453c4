// What scripts make quicker on our pages beside what form.js does: answers in place.
// Every page works without. Nothing is stored: what Back returns to is kept in this tab's memory alone.

const policy = globalThis.trustedTypes?.createPolicy("finder", { createHTML: text => text });
const parsed = text => new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, "text/html");

const live = make("p", { class: "hidden", role: "status" });
function say(text) {
  live.textContent = "";
  if (text) setTimeout(() => { live.textContent = text; }, 60); // a change is read, the same text twice is not
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
    suggest(form, say, () => document.documentElement.lang);
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

// ---- Inside an iframe: tell the page around how high we are and that another page is shown, and nothing else

if (parent !== window && document.documentElement.classList.contains("inside")) {
  const tell = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    parent.postMessage({ specialistFinder: { height, page: performance.timeOrigin + here } }, "*");
  };
  new ResizeObserver(tell).observe(document.body);
}
