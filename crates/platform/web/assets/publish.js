"use strict";
// Suggests identifier and host while the name of an application is typed. Without it the server does the same.
(() => {
  const form = document.querySelector("[data-publish]");
  if (!form) return;
  const at = (id) => form.querySelector(`#${id}`);
  const [name, id, host] = [at("name-en"), at("id"), at("host")];
  const slug = (text) => text.toLowerCase().split(/[^a-z0-9]+/).filter(Boolean).join("-");
  let [lastId, lastHost] = ["", ""];
  const suggest = () => {
    if (id.value === lastId) id.value = lastId = slug(name.value);
    const wanted = id.value ? `${id.value.replace(/[._@]/g, "-")}.${form.dataset.domain}` : "";
    if (host.value === lastHost) host.value = lastHost = wanted;
  };
  name.addEventListener("input", suggest);
  id.addEventListener("input", suggest);
})();
