// On the page for web teams: buttons that copy what stands above them.

for (const button of document.querySelectorAll("button.copy-code")) {
  const code = button.closest("p").previousElementSibling, told = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      told.textContent = button.dataset.done;
    } catch {
      getSelection().selectAllChildren(code);
      told.textContent = button.dataset.failed;
    }
  });
}
