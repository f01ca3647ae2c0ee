// Progressive enhancement only: every page works without this file.
"use strict";

// The summary of errors is read first.
document.querySelector("[data-focus]")?.focus();

// « Afficher »: a password typed on a telephone is easily mistyped.
for (const input of document.querySelectorAll("input[type=password]")) {
  const button = document.createElement("button");
  const row = document.createElement("div");
  button.type = "button";
  button.className = "quiet";
  button.setAttribute("aria-controls", input.id);
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.textContent = visible ? "Masquer" : "Afficher";
    button.setAttribute("aria-pressed", String(visible));
  };
  row.className = "with-button";
  input.replaceWith(row);
  row.append(input, button);
  show(false);
  button.addEventListener("click", () => show(input.type === "password"));
  // Browsers and password managers remember only what is a password when it is sent.
  input.form?.addEventListener("submit", () => show(false));
}

// A file that is too large is said before it travels.
for (const input of document.querySelectorAll("input[type=file][data-max-bytes]")) {
  const limit = Number(input.dataset.maxBytes);
  const megabytes = (bytes) => (bytes / 1048576).toLocaleString("fr", { maximumFractionDigits: 1 });
  input.addEventListener("change", () => {
    const large = [...input.files].find((file) => file.size > limit);
    input.setCustomValidity(
      large ? `« ${large.name} » doit peser ${megabytes(limit)} Mo au plus (le vôtre : ${megabytes(Math.ceil(large.size / 104857.6) * 104857.6)} Mo).` : "",
    );
    input.reportValidity();
  });
  input.form?.addEventListener("submit", (event) => {
    if (!input.reportValidity()) event.preventDefault();
  });
}

// Sent twice is done once anyway; this only spares the wait.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 5000);
  });
}
