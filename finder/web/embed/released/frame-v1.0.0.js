// Of a page that shows the finder in an iframe: the iframe is as high as what is in it.
// It hears the finder's own frames alone, and touches nothing but their size.
(() => {
  const { origin } = new URL(document.currentScript.src);
  const shown = new WeakMap();
  addEventListener("message", event => {
    const told = event.origin === origin && event.data?.specialistFinder;
    if (!told || !(told.height > 0)) return;
    const frame = [...document.querySelectorAll("iframe")].find(one => one.contentWindow === event.source);
    if (!frame) return;
    const look = { height: `${Math.min(Math.ceil(told.height), 50000)}px`, width: "100%", border: "0" };
    for (const [name, value] of Object.entries(look)) frame.style.setProperty(name, value, "important");
    const before = shown.get(frame);
    shown.set(frame, told.page);
    // Another page than before: its beginning may be above what is to be seen.
    if (before !== undefined && before !== told.page && frame.getBoundingClientRect().top < 0) frame.scrollIntoView();
  });
})();
