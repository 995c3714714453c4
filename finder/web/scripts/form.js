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
