// What scripts make quicker while files are sent and checked. The pages work without: "Look again" does the same.

const progress = document.getElementById("progress");
if (progress) {
  const said = document.getElementById("how-far"), bar = document.getElementById("bar");
  let shown = said.textContent, wait = 500;
  const look = async () => {
    try {
      const reply = await fetch(progress.dataset.progress, { headers: { Accept: "application/json" } });
      if (reply.redirected || !reply.ok) throw new Error(String(reply.status));
      const now = await reply.json();
      if (!now.is_at_work) return location.reload();
      if (now.done) { bar.max = Math.max(now.most, now.done, 1); bar.value = now.done; }
      if (now.said !== shown) said.textContent = shown = now.said;
      wait = Math.min(wait * 1.3, 2000);
    } catch {
      wait = Math.min(wait * 2, 15000); // the server may be on its way back
    }
    setTimeout(look, wait);
  };
  setTimeout(look, wait);
}

for (const form of document.querySelectorAll("form[data-limit-mb]")) {
  const limit = Number(form.dataset.limitMb), told = document.getElementById("too-large");
  form.addEventListener("submit", event => {
    const large = [...form.querySelector("input[type=file]").files].find(one => one.size > limit * 1e6);
    told.hidden = !large;
    if (!large) return;
    told.textContent = `${large.name} has ${Math.round(large.size / 1e6)} MB; the limit is ${limit}. Split it, and send the parts one after the other.`;
    event.preventDefault();
  });
}
