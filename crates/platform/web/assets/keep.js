// Keeps what was typed while the language is switched or a stronger sign-in comes between: in this tab, once, and no secret.
"use strict";
(() => {
  const place = `sekisho-typed ${window.location.pathname}`;
  const types = ["text", "search", "select-one", "textarea", "number", "email", "url", "checkbox", "radio"];
  // Codes and what the page fills in by itself are not typed again.
  const isKept = (field) =>
    field.name && !field.readOnly && types.includes(field.type) && !["off", "one-time-code"].includes(field.autocomplete);
  const fields = () =>
    [...document.querySelectorAll("main form")].flatMap((form, at) =>
      [...form.elements].filter(isKept).map((field, n) => [`${at} ${n} ${field.name}`, field]));
  const isTicked = (field) => field.type === "checkbox" || field.type === "radio";

  const keep = (why) => {
    const typed = fields().map(([name, field]) => [name, isTicked(field) ? field.checked : field.value]);
    sessionStorage.setItem(place, JSON.stringify({ why, typed: Object.fromEntries(typed) }));
  };
  const restore = ({ typed }) => {
    for (const [name, field] of fields()) {
      if (!(name in typed)) continue;
      if (isTicked(field)) field.checked = typed[name];
      else field.value = typed[name];
    }
  };

  try {
    const kept = JSON.parse(sessionStorage.getItem(place) || "null");
    sessionStorage.removeItem(place);
    const isConfirmed = new URLSearchParams(window.location.search).get("done") === "confirmed";
    if (kept && (kept.why === "language" || isConfirmed)) restore(kept);
    document.addEventListener("submit", (event) => {
      if (event.target.closest("[data-language]")) keep("language");
      else if (event.target.closest("main")) keep("form");
    }, true);
  } catch {
    // A browser without storage keeps nothing.
  }
})();
