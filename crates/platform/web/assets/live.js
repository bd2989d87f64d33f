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

  let began = false;
  source.addEventListener("figures", (event) => {
    began = true;
    const next = new DOMParser().parseFromString(event.data, "text/html").body;
    const names = (root) => [...root.children].map((one) => one.id).join();
    if (names(place) !== names(next)) {
      place.replaceChildren(...next.childNodes);
      return;
    }
    [...next.children].forEach((section, at) => replace(place.children[at], section));
  });
  // No longer permitted: what is shown goes, and the page says why.
  const gone = () => {
    source.close();
    place.replaceChildren();
    window.location.reload();
  };
  source.addEventListener("ended", gone);
  // A stream that was cut is asked for again by the browser; a refusal of that ends it for good. One that never began is not missed.
  source.addEventListener("error", () => {
    if (began && source.readyState === EventSource.CLOSED) gone();
  });
  window.addEventListener("pagehide", () => source.close());
})();
