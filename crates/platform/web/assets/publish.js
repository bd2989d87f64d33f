"use strict";
// Suggests identifier and host while the name of an application is typed. Without it the server does the same.
(() => {
  const form = document.querySelector("[data-publish]");
  if (!form) return;
  const at = (id) => form.querySelector(`#${id}`);
  const [name, id, host] = [at("name-en"), at("id"), at("host")];
  const slug = (text) => text.toLowerCase().split(/[^a-z0-9]+/).filter(Boolean).join("-");
  const wanted = () => (/^[a-z0-9._@-]+$/.test(id.value) ? `${id.value.replace(/[._@]/g, "-")}.${form.dataset.domain}` : "");
  // What the page came with and follows from the name, goes on to follow it.
  let lastId = id.value === slug(name.value) ? id.value : "";
  let lastHost = host.value === wanted() ? host.value : "";
  const suggest = () => {
    if (id.value === lastId) id.value = lastId = slug(name.value);
    if (host.value === lastHost) host.value = lastHost = wanted();
  };
  name.addEventListener("input", suggest);
  id.addEventListener("input", suggest);
})();
