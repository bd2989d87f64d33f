// What a script adds to the console: buttons that copy, and the keys that open the search. Nothing here is needed.
"use strict";
(() => {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    if (!navigator.clipboard) break;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.firstChild.textContent = button.dataset.copied;
    });
  }

  // The place where one is, where the rail is longer than the screen.
  document.querySelector(".rail a[aria-current]")?.scrollIntoView({ block: "nearest", behavior: "instant" });

  // The search as a palette: the places of the navigation at once, what the platform finds a moment later.
  const form = document.querySelector("form.find");
  if (!form) return;
  const places = [...document.querySelectorAll(".rail .places a")];

  const build = () => {
    const dialog = document.createElement("dialog");
    dialog.className = "palette";
    dialog.setAttribute("aria-label", form.getAttribute("aria-label"));
    const search = form.cloneNode(true);
    const input = search.querySelector("input");
    search.querySelector("label").htmlFor = input.id = "palette-q";
    const results = document.createElement("div");
    results.setAttribute("aria-live", "polite");
    dialog.append(search, results);
    document.body.append(dialog);

    const leading = () => {
      const typed = input.value.trim().toLowerCase();
      const list = document.createElement("ul");
      list.className = "results";
      list.setAttribute("aria-label", form.dataset.places);
      for (const place of places.filter((one) => one.textContent.toLowerCase().includes(typed)).slice(0, 8)) {
        const link = document.createElement("a");
        link.href = place.href;
        link.textContent = place.textContent;
        list.append(document.createElement("li"));
        list.lastChild.append(link);
      }
      return list.children.length ? [list] : [];
    };

    let asked = 0;
    const show = () => {
      results.replaceChildren(...leading());
      const number = (asked += 1);
      if (!input.value.trim()) return;
      setTimeout(async () => {
        if (number !== asked) return;
        const answer = await fetch(`${search.action}?q=${encodeURIComponent(input.value)}`, { redirect: "error" }).catch(() => null);
        if (!answer || !answer.ok || number !== asked) return;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const found = document.importNode(page.getElementById("found"), true);
        for (const one of found.querySelectorAll("section")) one.removeAttribute("aria-labelledby");
        for (const one of [found, ...found.querySelectorAll("[id]")]) one.removeAttribute("id");
        results.replaceChildren(...leading(), found);
      }, 200);
    };
    input.addEventListener("input", show);
    dialog.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const stops = [input, ...results.querySelectorAll("a")];
      const next = stops.indexOf(document.activeElement) + step;
      stops[(next + stops.length) % stops.length].focus();
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    show();
    return dialog;
  };

  let palette = null;
  const types = (target) => target.closest("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !types(event.target);
    const k = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey;
    if (!slash && !k) return;
    event.preventDefault();
    palette ||= build();
    if (!palette.open) palette.showModal();
    palette.querySelector("input").select();
  });
})();
