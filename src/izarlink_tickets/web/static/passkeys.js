// Passkeys: the page's question goes to the device, and its answer into the form.
"use strict";
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  function question(json) {
    const asked = JSON.parse(json);
    asked.challenge = bytes(asked.challenge);
    if (asked.user) asked.user.id = bytes(asked.user.id);
    for (const known of [...(asked.allowCredentials ?? []), ...(asked.excludeCredentials ?? [])]) known.id = bytes(known.id);
    return asked;
  }

  function answer({ id, rawId, type, response }) {
    const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
    const given = names.filter((name) => response[name]).map((name) => [name, text(response[name])]);
    return JSON.stringify({ id, rawId: text(rawId), type, response: Object.fromEntries(given) });
  }

  document.querySelectorAll("[data-passkey]").forEach((field) => {
    const form = field.form;
    const error = form.querySelector(".error[role=alert]");
    const place = form.closest(".passkey");
    place.hidden = false;
    place.nextElementSibling.remove();
    // Before the form counts as sent.
    form.addEventListener(
      "submit",
      async (event) => {
        if (field.value) return;
        event.preventDefault();
        error.hidden = true;
        const asked = question(field.dataset.passkey);
        try {
          field.value = answer(await navigator.credentials[asked.user ? "create" : "get"]({ publicKey: asked }));
        } catch {
          error.textContent = field.dataset.failed;
          error.hidden = false;
          return;
        }
        form.requestSubmit();
      },
      { capture: true },
    );
  });
})();
