// Keeps a page as of now: takes each event of its stream in the place of what stands there. Without it the page shows what was when it
// was asked for.
"use strict";
(() => {
  const place = document.querySelector("[data-live]");
  if (!place || !window.EventSource) return;
  const source = new EventSource(place.dataset.live);
  // A section that stays: what somebody has in hand, or what is as it was.
  const stays = (was, next) => was.contains(document.activeElement) || was.outerHTML === next.outerHTML;

  const replace = (was, next) => {
    const open = [...was.querySelectorAll("details")].map((one) => one.open);
    [...next.querySelectorAll("details")].forEach((one, at) => { one.open = open[at] === true; });
    if (!stays(was, next)) was.replaceWith(next);
  };

  source.addEventListener("figures", (event) => {
    const next = new DOMParser().parseFromString(event.data, "text/html").body;
    const names = (root) => [...root.children].map((one) => one.id).join();
    if (names(place) !== names(next)) {
      place.replaceChildren(...next.childNodes);
      return;
    }
    [...next.children].forEach((section, at) => replace(place.children[at], section));
  });
  // No longer permitted: what is shown goes, and the page says why.
  source.addEventListener("ended", () => {
    source.close();
    place.replaceChildren();
    window.location.reload();
  });
  window.addEventListener("pagehide", () => source.close());
})();
