// For whoever answers the telephone: keys that open the lines of the list. The page works without.

const off = document.querySelector("#keys"), zip = document.querySelector("#zip");
const lines = [...document.querySelectorAll("[data-line] summary")];
const typing = "input:not([type=checkbox]), select, textarea";

off.closest("[hidden]").hidden = false;
const here = () => lines.findIndex(one => one.parentElement.contains(document.activeElement));

function open(number) {
  const line = lines[number];
  if (!line) return false;
  line.parentElement.open = true;
  line.focus({ preventScroll: true });
  line.closest("li").scrollIntoView({ block: "start" });
  return true;
}

function press(key) {
  if (/^[0-9]$/.test(key)) return open((Number(key) + 9) % 10);
  if (key === "ArrowDown") return open(here() + 1);
  if (key === "ArrowUp") return open(Math.max(here() - 1, 0));
  if (key === "/") { zip.focus(); zip.select(); return true; }
  if (key === "Escape" && here() >= 0) { lines[here()].parentElement.open = false; return true; }
  return false;
}

addEventListener("keydown", event => {
  if (off.checked || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(typing)) return;
  if (press(event.key)) event.preventDefault();
});
