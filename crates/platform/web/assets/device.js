// The loopback proof: asks the agent on this machine to sign the portal's nonce, and hands its answer to the portal.
"use strict";
(() => {
  const ask = async (agent, challenge) => {
    const answer = await fetch(agent, {
      method: "POST",
      mode: "cors",
      credentials: "omit",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(challenge),
    });
    if (!answer.ok) throw new TypeError("the agent refused");
    return answer.json();
  };

  // Some browsers let a page reach programs on the person's own device only after the person allowed it. They name that permission
  // differently, and where none of the names is known there is none to ask for.
  const permission = async () => {
    for (const name of ["loopback-network", "local-network-access"]) {
      try {
        return (await navigator.permissions.query({ name })).state;
      } catch {
        // This browser does not know that name.
      }
    }
    return "granted";
  };

  const run = async (form) => {
    const status = form.querySelector("[data-status]");
    const button = form.querySelector("button");
    const token = form.elements.csrf.value;
    button.disabled = true;
    const before = await permission();
    status.textContent = before === "prompt" ? status.dataset.asks : status.dataset.working;
    let signed = null;
    try {
      const challenge = await post(form.dataset.challenge, token, {});
      try {
        signed = await ask(form.dataset.agent, challenge);
      } catch {
        const isBlocked = (await permission()) !== "granted";
        status.textContent = isBlocked ? status.dataset.blocked : status.dataset.noAgent;
        button.disabled = false;
        return;
      }
      const done = await post(form.dataset.answer, token, signed);
      window.location.assign(done.location);
    } catch (error) {
      const ours = error instanceof Error && error.constructor === Error && error.message;
      status.textContent = ours || status.dataset.failed;
      button.disabled = false;
    }
  };

  for (const form of document.querySelectorAll("form.device-proof")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      run(form);
    });
  }
})();
