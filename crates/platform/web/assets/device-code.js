// Waits until the agent confirmed the code that this page shows, then goes on. Without it the person presses the button.
"use strict";
(() => {
  const EVERY = 2000;
  const LONGEST = 5 * 60 * 1000;
  for (const form of document.querySelectorAll("form.device-code")) {
    const status = form.querySelector("[data-status]");
    const began = Date.now();
    status.textContent = status.dataset.working;
    const look = async () => {
      if (Date.now() - began > LONGEST) {
        status.textContent = "";
        return;
      }
      try {
        const answer = await post(form.dataset.wait, form.elements.csrf.value, { code: form.elements.code.value });
        if (answer.location) {
          window.location.assign(answer.location);
          return;
        }
      } catch (error) {
        status.textContent = error.message || "";
        return;
      }
      setTimeout(look, EVERY);
    };
    setTimeout(look, EVERY);
  }
})();
