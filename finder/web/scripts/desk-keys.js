// Single keys on a work list: j and k go from row to row, others press what says so in its row. Without this script the
// same is done by Tab and Enter. The page says which keys there are, and has a button that switches them off.
(() => {
  "use strict";
  const rows = Array.from(document.querySelectorAll("[data-row]"));
  const fields = "input:not([type=hidden]), select, textarea";
  const at = () => rows.findIndex((row) => row.contains(document.activeElement));
  const go = (number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, number))];
    if (row) {
      row.focus();
      row.scrollIntoView({ block: "nearest" });
    }
  };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing || event.target.matches(fields)) {
      return;
    }
    const here = at();
    if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      go(here < 0 ? 0 : here + (event.key === "j" ? 1 : -1));
      return;
    }
    if (here < 0 || !/^[a-z]$/.test(event.key)) {
      return;
    }
    const pressed = rows[here].querySelector(`[data-key="${event.key}"]`);
    if (pressed) {
      event.preventDefault();
      pressed.click();
      const box = pressed.closest("details");
      const field = box && box.open ? box.querySelector(fields) : null;
      if (field) {
        field.focus();
      }
    }
  });
})();
