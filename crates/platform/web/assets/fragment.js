// Carries the fragment of the address that the person opened (`#/ns/run-7`) through signing in: a form drops it, a redirect keeps it.
"use strict";
(() => {
  const fragment = window.location.hash;
  if (fragment.length < 2) return;
  const withFragment = (address) => (address.includes("#") ? address : address + fragment);
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.setAttribute("action", withFragment(form.getAttribute("action")));
  }
  for (const link of document.querySelectorAll("a[data-fragment]")) {
    link.setAttribute("href", withFragment(link.getAttribute("href")));
  }
})();
