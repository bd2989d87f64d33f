"use strict";
// Reads a chosen CSV file into the field. Without it the lines are pasted.
(() => {
  const field = document.querySelector("[data-csv]");
  if (!field) return;
  const label = document.createElement("label");
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ".csv,text/csv";
  input.id = "csv-chosen";
  label.htmlFor = input.id;
  label.textContent = field.dataset.csv;
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (file) field.value = await file.text();
  });
  field.before(label, input);
})();
