"use strict";
// The editor of policies: colours, names of attributes, and checks while somebody types. Without it the field is a plain one.
(() => {
  const field = document.querySelector("textarea[data-policy]");
  if (!field) return;
  const make = (name, className) => Object.assign(document.createElement(name), { className });

  // Colours: a copy of the text behind the field, whose own letters are clear.
  const TOKEN = /(\/\/[^\n]*)|("(?:\\.|[^"\\\n])*"?)|(@[a-z_]+)|\b(permit|forbid|when|unless|in|is|has|like|if|then|else|true|false)\b|\b(principal|action|resource|context)\b|(\b\d+\b)|(\bSekisho(?:::[A-Za-z]+)*)/g;
  const CLASSES = ["comment", "string", "note", "word", "variable", "number", "type"];
  const box = make("div", "policy-editor");
  const copy = make("pre", "policy-colours");
  copy.setAttribute("aria-hidden", "true");
  field.before(box);
  box.append(copy, field);
  const colour = () => {
    const parts = [];
    let at = 0;
    for (const match of field.value.matchAll(TOKEN)) {
      parts.push(field.value.slice(at, match.index));
      const kind = match.slice(1).findIndex((group) => group !== undefined);
      const span = make("span", `cedar-${CLASSES[kind]}`);
      span.textContent = match[0];
      parts.push(span);
      at = match.index + match[0].length;
    }
    parts.push(field.value.slice(at), "\n");
    copy.replaceChildren(...parts);
    follow();
  };
  const follow = () => {
    copy.scrollTop = field.scrollTop;
    copy.scrollLeft = field.scrollLeft;
  };

  // Names: what the schema has behind the expression before the caret.
  const names = JSON.parse(field.dataset.names || "{}");
  const list = make("ul", "policy-names");
  list.id = `${field.id}-names`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.dataset.namesLabel || "");
  list.hidden = true;
  box.after(list);
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-autocomplete", "list");
  let chosen = 0;
  const before = () => /((?:[a-z_]+\.)*)([A-Za-z_]*)$/.exec(field.value.slice(0, field.selectionStart));
  const close = () => {
    list.hidden = true;
    field.removeAttribute("aria-activedescendant");
  };
  const point = () => {
    [...list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === chosen)));
    const item = list.children[chosen];
    if (item) field.setAttribute("aria-activedescendant", item.id);
  };
  const take = (name) => {
    const typed = before()[2].length;
    field.setRangeText(name, field.selectionStart - typed, field.selectionStart, "end");
    close();
    field.dispatchEvent(new Event("input"));
    field.focus();
  };
  const open = () => {
    const [, path, typed] = before();
    const all = names[path.replace(/\.$/, "")] || [];
    const fitting = all.filter((name) => name.startsWith(typed) && name !== typed).slice(0, 12);
    list.replaceChildren(...fitting.map((name, number) => {
      const item = make("li", "");
      item.id = `${list.id}-${number}`;
      item.textContent = name;
      item.setAttribute("role", "option");
      item.addEventListener("mousedown", (event) => { event.preventDefault(); take(name); });
      return item;
    }));
    chosen = 0;
    list.hidden = fitting.length === 0;
    if (list.hidden) close(); else point();
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === " " && event.ctrlKey) { event.preventDefault(); open(); return; }
    if (list.hidden) return;
    const count = list.children.length;
    if (event.key === "ArrowDown") chosen = (chosen + 1) % count;
    else if (event.key === "ArrowUp") chosen = (chosen + count - 1) % count;
    else if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); take(list.children[chosen].textContent); return; }
    else if (event.key === "Escape") { event.preventDefault(); close(); return; }
    else return;
    event.preventDefault();
    point();
  });
  field.addEventListener("blur", close);

  // Checks: what is wrong, with its place, or what the change would do to people.
  const status = make("div", "policy-status");
  status.setAttribute("role", "status");
  list.after(status);
  const form = field.form;
  const go = (line, column) => {
    const lines = field.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    field.focus();
    field.setSelectionRange(start + column - 1, start + column - 1);
  };
  const told = (problem) => {
    const item = make("p", "error");
    if (!problem.line) { item.textContent = problem.message; return item; }
    const button = make("button", "link");
    button.type = "button";
    button.textContent = `${problem.line}:${problem.column}`;
    button.addEventListener("click", () => go(problem.line, problem.column));
    item.append(button, ` ${problem.message}`);
    return item;
  };
  let asked = 0;
  const check = async () => {
    asked += 1;
    const mine = asked;
    const address = form.getAttribute("action").replace(/\/plan$/, "/check");
    const id = form.elements.namedItem("id");
    try {
      const answer = await fetch(address, {
        method: "POST",
        headers: { "content-type": "application/json", "x-csrf-token": form.elements.namedItem("csrf").value },
        body: JSON.stringify({ id: id ? id.value : "", body: { text: field.value } }),
      });
      const found = await answer.json();
      if (mine !== asked || !found.problems) return;
      const line = (text, className) => Object.assign(make("p", className), { textContent: text });
      status.replaceChildren(
        ...found.problems.map(told),
        ...found.opening.map((text) => line(text, "error")),
        ...found.impact.map((text) => line(text, "")),
        ...found.warnings.map((text) => line(text, "muted")),
      );
    } catch {
      // The button checks the same without a script.
    }
  };
  let timer = 0;
  field.addEventListener("input", () => {
    colour();
    if (field.value[field.selectionStart - 1] === "." || !list.hidden) open();
    clearTimeout(timer);
    timer = setTimeout(check, 600);
  });
  field.addEventListener("scroll", follow);
  colour();
  if (field.value.trim()) check();
})();
