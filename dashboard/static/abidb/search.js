// SPDX-License-Identifier: GPL-2.0-or-later
// The search box: "/" goes to it, and it offers names while one is typed (the combobox pattern of ARIA's Authoring
// Practices, with a list that leaves what was typed alone until an offer is taken).
"use strict";
(() => {
  const box = document.getElementById("q");
  const list = document.createElement("ul");
  const said = document.createElement("p");
  const WAIT = 120; // milliseconds without a key before the server is asked
  let timer = 0, asked = null, at = -1;

  list.id = "suggestions";
  list.hidden = true;
  said.className = "hidden";
  said.setAttribute("role", "status");
  for (const [name, value] of Object.entries({ role: "listbox", "aria-label": "Suggestions" })) list.setAttribute(name, value);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false",
  })) box.setAttribute(name, value);
  box.form.append(list, said);

  const close = () => {
    window.clearTimeout(timer);
    if (asked) asked.abort();
    list.hidden = true;
    at = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };

  const choose = (place) => {
    const offers = list.children;
    if (at >= 0) offers[at].setAttribute("aria-selected", "false");
    at = (place + offers.length + 1) % (offers.length + 1); // the place behind the last is the box itself
    if (at === offers.length) at = -1;
    if (at < 0) return box.removeAttribute("aria-activedescendant");
    offers[at].setAttribute("aria-selected", "true");
    offers[at].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", offers[at].id);
  };

  const offer = ({ name, kind, address }, place) => {
    const item = document.createElement("li");
    const what = document.createElement("span");
    item.id = `suggestion-${place}`;
    item.dataset.address = address;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    what.textContent = kind;
    item.append(name, " ", what);
    return item;
  };

  const show = (offers) => {
    close();
    list.replaceChildren(...offers.map(offer));
    list.hidden = !offers.length;
    box.setAttribute("aria-expanded", String(!list.hidden));
    said.textContent = offers.length ? `${offers.length} suggestion${offers.length > 1 ? "s" : ""}` : "";
  };

  const ask = async (text) => {
    asked = new AbortController();
    try {
      const answer = await fetch(`${box.dataset.suggest}?${new URLSearchParams({ q: text })}`, { signal: asked.signal });
      if (answer.ok) show((await answer.json()).suggestions);
    } catch { /* another key came first, or the site cannot be reached: the form still works */ }
  };

  box.addEventListener("input", () => {
    const text = box.value.trim();
    close();
    if (text.length > 1) timer = window.setTimeout(ask, WAIT, text);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault(); // of a search field it would empty the text
      close();
    } else if (!list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      choose(event.key === "ArrowDown" ? at + 1 : at < 0 ? list.children.length - 1 : at - 1);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      window.location.assign(list.children[at].dataset.address);
    }
  });
  box.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (item) window.location.assign(item.dataset.address);
  });

  document.addEventListener("keydown", (event) => {
    const elsewhere = !event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && elsewhere && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });
})();
