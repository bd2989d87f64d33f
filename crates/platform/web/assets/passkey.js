// Passkeys: the browser's part of signing in and of adding one. The server's forms say where to ask and what to say.
"use strict";
(() => {
  const supported = "credentials" in navigator && "PublicKeyCredential" in window;
  const fromBase64 = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (character) => character.charCodeAt(0)).buffer;
  };
  const toBase64 = (buffer) => {
    let plain = "";
    for (const byte of new Uint8Array(buffer)) plain += String.fromCharCode(byte);
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };

  const prepared = (options) => {
    const key = options.publicKey;
    key.challenge = fromBase64(key.challenge);
    if (key.user) key.user.id = fromBase64(key.user.id);
    for (const list of [key.allowCredentials, key.excludeCredentials]) {
      for (const credential of list || []) credential.id = fromBase64(credential.id);
    }
    return { publicKey: key };
  };

  const asJson = (credential) => {
    const response = {};
    const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
    for (const name of names) {
      if (credential.response[name]) response[name] = toBase64(credential.response[name]);
    }
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return {
      id: credential.id,
      rawId: toBase64(credential.rawId),
      type: credential.type,
      response,
      extensions: credential.getClientExtensionResults(),
    };
  };

  // On to another page with the fragment that the person opened this one with; an address with a fragment of its own keeps that.
  const fragment = window.location.hash;
  const goOn = (address) => window.location.assign(address.includes("#") ? address : address + fragment);

  const run = async (form) => {
    const status = form.querySelector("[data-status]");
    const button = form.querySelector("button");
    const token = form.elements.csrf.value;
    const name = form.elements.name ? form.elements.name.value : "";
    button.disabled = true;
    status.textContent = status.dataset.working;
    try {
      const begun = await post(form.dataset.start, token, {});
      if (begun.location) {
        goOn(begun.location);
        return;
      }
      const options = prepared(begun.options);
      const credential = form.dataset.ceremony === "create"
        ? await navigator.credentials.create(options)
        : await navigator.credentials.get(options);
      const done = await post(form.dataset.finish, token, { state: begun.state, response: asJson(credential), name });
      goOn(done.location);
    } catch (error) {
      // The browser's own reasons are for developers; the server's are for people.
      const ours = error instanceof Error && error.constructor === Error && error.message;
      status.textContent = ours || status.dataset.failed;
      button.disabled = false;
    }
  };

  if (!supported) return;
  for (const hidden of document.querySelectorAll("form.passkey, .passkey-or")) hidden.hidden = false;
  // Where a passkey is the way to go and nothing was typed or refused yet, the keyboard begins at its button.
  const first = document.querySelector("form.passkey[data-focus] button");
  const field = document.querySelector("[autofocus]");
  if (first && !(field && field.value) && !document.getElementById("problem")) {
    if (field) field.removeAttribute("autofocus");
    first.focus();
  }
  for (const form of document.querySelectorAll("form.passkey")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      run(form);
    });
  }
})();
