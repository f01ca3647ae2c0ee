// Progressive enhancement only: every page works without this file.
"use strict";
(() => {
  const words = JSON.parse(document.currentScript.dataset.words);
  // The desk's own script would not run again on a page that this one put in the place of another.
  const isDesk = document.currentScript.src.endsWith("/desk.js");
  const language = document.documentElement.lang;
  const DRAFT = "brouillon:";
  const DRAFT_MILLISECONDS = 7 * 86_400_000;

  const say = (name, values) => words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const all = (selector, act) => document.querySelectorAll(selector).forEach(act);

  // « Afficher »: a password typed on a telephone is easily mistyped.
  function password(input) {
    const button = make("button", { type: "button", className: "quiet" });
    const row = make("div", { className: "with-button" });
    const show = (visible) => {
      input.type = visible ? "text" : "password";
      button.textContent = visible ? words.hide : words.show;
      button.setAttribute("aria-pressed", String(visible));
    };
    button.setAttribute("aria-controls", input.id);
    input.replaceWith(row);
    row.append(input, button);
    show(false);
    button.addEventListener("click", () => show(input.type === "password"));
    // Browsers and password managers remember only what is a password when it is sent.
    input.form?.addEventListener("submit", () => show(false));
  }

  // --- files: chosen, dropped or pasted, and looked at before they travel -------------------------------------------

  function size(bytes, round = Math.round) {
    const kilobytes = Math.max(1, Math.round(bytes / 1024));
    if (kilobytes < 1024) return say("kilobytes", { count: kilobytes.toLocaleString(language) });
    const digits = bytes % 1_048_576 ? 1 : 0;
    const count = round(bytes / 104_857.6) / 10;
    return say("megabytes", { count: count.toLocaleString(language, { minimumFractionDigits: digits }) });
  }

  function files(input) {
    const form = input.form;
    const limit = Number(input.dataset.maxBytes);
    const most = Number(input.dataset.maxFiles);
    const advice = JSON.parse(input.dataset.advice);
    const list = make("ul", { className: "files" });
    const told = make("p", { className: "unseen", ariaLive: "polite" });
    // What is sent, and the file that it was made from.
    let chosen = [];
    let shrinking = 0;
    let submission = null;

    const kept = () => form.querySelectorAll("[name=retirer]:not(:checked)").length;
    const fault = ({ file }, place) => {
      const [, kind] = file.name.trim().toLowerCase().match(/\.([^.]+)$/) ?? [null, ""];
      // A picture is named by its content, on the server.
      const isPicture = file.type.startsWith("image/") && input.accept.split(",").includes(file.type);
      const instead = advice.find(([kinds]) => kinds.split(" ").includes(kind));
      if (instead && (kind || !isPicture)) return say("refused", { advice: instead[1] });
      if (!isPicture && !words.kinds.split(", ").includes(kind)) return words.kind;
      if (!file.size) return words.empty;
      if (file.size > limit) return say("large", { limit: size(limit), size: size(file.size, Math.ceil) });
      return place + kept() >= most ? say("many", { most }) : "";
    };
    const change = ({ file, origin }) => (file.size < origin.size ? say("smaller", { from: size(origin.size), to: size(file.size) }) : "");
    const row = (entry, place) => {
      const { file } = entry;
      const wrong = fault(entry, place);
      const changed = change(entry);
      const drop = make("button", { type: "button", className: "quiet" }, words.remove, make("span", { className: "unseen" }, ` ${file.name}`));
      drop.addEventListener("click", () => {
        chosen = chosen.filter((one) => one !== entry);
        show();
        (list.querySelectorAll("button")[Math.min(place, chosen.length - 1)] ?? input).focus();
      });
      const told = size(file.size, file.size > limit ? Math.ceil : Math.round);
      const name = make("span", {}, make("bdi", {}, file.name), " ", make("span", { className: "size" }, `(${told})`));
      const error = make("p", { className: "error", id: `${input.id}-wrong-${place}` }, wrong);
      // Sent all the same, the form leads to this button: it says why.
      if (wrong) drop.setAttribute("aria-describedby", error.id);
      return make("li", { className: wrong && "field-wrong" }, name, drop, changed && make("p", { className: "hint" }, changed), wrong && error);
    };
    const show = () => {
      const transfer = new DataTransfer();
      chosen.forEach(({ file }) => transfer.items.add(file));
      input.files = transfer.files;
      list.replaceChildren(...chosen.map(row), ...(shrinking ? [make("li", {}, words.shrinking)] : []));
      told.textContent = chosen.map((entry, place) => `${entry.file.name} ${fault(entry, place) || change(entry)}`).join(", ");
      if (shrinking) told.textContent = words.shrinking;
      // A draft says which files have to be chosen again.
      form.dispatchEvent(new Event("input"));
    };
    // The same name, size and date is the same file; telephones call every photo « image.jpg ».
    const isChosen = (file) => chosen.some(({ origin }) => origin.name === file.name && origin.size === file.size && origin.lastModified === file.lastModified);
    const numbered = (file) => {
      const names = chosen.map((entry) => entry.file.name.toLowerCase());
      const [, stem, end = ""] = file.name.match(/^(.+?)(\.[^.]*)?$/);
      let name = file.name;
      for (let number = 2; names.includes(name.toLowerCase()); number++) name = `${stem}-${number}${end}`;
      return name === file.name ? file : new File([file], name, { type: file.type, lastModified: file.lastModified });
    };
    const take = async (more) => {
      shrinking++;
      for (const origin of more) {
        if (isChosen(origin)) continue;
        const isLarge = origin.size > limit && origin.type.startsWith("image/");
        if (isLarge) show();
        const file = isLarge ? await smaller(origin, limit) : origin;
        if (!isChosen(origin)) chosen.push({ file: numbered(file), origin });
      }
      shrinking--;
      show();
      if (shrinking || !submission) return;
      form.requestSubmit(submission.submitter);
      submission = null;
    };

    // The input stays, unseen, for keyboards and screen readers: its own words are in the language of the browser.
    const zone = make("div", { className: "drop-zone" });
    input.replaceWith(zone);
    input.classList.add("unseen");
    const choose = make("label", { htmlFor: input.id, className: "button secondary" }, words.choose);
    zone.append(input, choose, make("span", { className: "hint" }, words.drop), list, told);

    input.addEventListener("change", () => take([...input.files]));
    form.addEventListener("change", (event) => event.target.name === "retirer" && show());
    form.addEventListener("reset", () => {
      chosen = [];
      show();
    });
    form.addEventListener("paste", (event) => {
      const data = event.clipboardData;
      // A table copied from a spreadsheet comes as text and as a picture: its text is wanted.
      if (!data.files.length || data.types.includes("text/plain")) return;
      event.preventDefault();
      take([...data.files].map(named));
    });
    form.addEventListener("drop", (event) => {
      if (event.dataTransfer.files.length) take([...event.dataTransfer.files]);
    });
    form.addEventListener("submit", (event) => {
      if (shrinking) {
        // Sent as soon as the pictures are ready.
        event.preventDefault();
        submission = { submitter: event.submitter };
        return;
      }
      const wrong = list.querySelector(".field-wrong button");
      if (wrong) event.preventDefault();
      wrong?.focus();
      if (wrong || !chosen.length || isDesk) return;
      event.preventDefault();
      if (!form.dataset.sent) send(form, event.submitter);
    });
  }

  // A photo of a telephone is several times as large as the portal takes. Drawn anew it has no EXIF, and so no position.
  const LONGEST_SIDE = 2048;
  const QUALITIES = [0.85, 0.7, 0.5];

  async function smaller(file, limit) {
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
      const canvas = make("canvas", { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
      const pen = canvas.getContext("2d");
      // What is transparent would be black in a JPEG.
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      for (const quality of QUALITIES) {
        const content = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
        if (!content || content.size > limit) continue;
        return new File([content], `${file.name.replace(/\.[^.]*$/, "")}.jpg`, { type: content.type, lastModified: file.lastModified });
      }
    } catch {
      // Not a picture that this browser can draw: the row says that it is too large.
    }
    return file;
  }

  // Every browser calls a pasted picture « image.png »: two of them would be taken for one.
  function named(file) {
    if (file.name !== "image.png") return file;
    const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000);
    return new File([file], `capture-${now.toISOString().slice(0, 19).replace(/\D/g, "-")}.png`, { type: file.type });
  }

  // --- sending with progress; without it the browser says nothing while megabytes travel ----------------------------

  function send(form, button) {
    const request = new XMLHttpRequest();
    const bar = make("progress", { max: 1, value: 0, ariaLabel: words.sending });
    const told = make("p", { role: "status" }, words.sending);
    const shown = make("div", { className: "sending" }, bar, told);
    const fail = (why) => {
      delete form.dataset.sent;
      bar.remove();
      told.setAttribute("role", "alert");
      told.className = "error";
      told.textContent = why;
    };
    form.querySelector(".sending")?.remove();
    form.append(shown);
    form.dataset.sent = "1";
    request.open("POST", button?.getAttribute("formaction") || form.getAttribute("action") || location.href);
    request.setRequestHeader("X-Sent-By", "script");
    request.upload.addEventListener("progress", (event) => {
      bar.value = event.loaded / event.total;
      if (event.loaded === event.total) told.textContent = words.storing;
    });
    request.addEventListener("error", () => fail(words.failed));
    request.addEventListener("load", () => {
      const place = request.getResponseHeader("X-Go-To");
      if (place) return go(place);
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const main = page.querySelector("main");
      if (!main) return fail(words.failed);
      // What the server could not do now can be sent again from here, files included.
      const refusal = main.querySelector(".error-summary li");
      if (request.status >= 500 && refusal) return fail(refusal.textContent.trim());
      if (request.status >= 500) return fail(`${main.querySelector("h1").textContent} : ${main.querySelector("h1 ~ p").textContent}`);
      document.title = page.title;
      // Who has to sign in again is spoken to as the browser asks for.
      document.documentElement.lang = page.documentElement.lang;
      document.body.replaceWith(page.body);
      scrollTo(0, 0);
      // As a page that is loaded is: read from its beginning, unless something on it comes first.
      document.querySelector("main").focus();
      enhance();
    });
    request.send(new FormData(form, button));
  }

  function go(place) {
    const isHere = place.includes("#") && new URL(place, location).href.split("#")[0] === location.href.split("#")[0];
    // The same page has to be fetched again, and shown where the fragment says.
    if (isHere) history.scrollRestoration = "manual";
    location.href = place;
    if (isHere) location.reload();
  }

  // --- drafts: what is being typed stays on the device until it is sent, a week at most -----------------------------

  const shelf = (() => {
    try {
      return window.localStorage;
    } catch {
      return null; // The person's browser keeps nothing for any site.
    }
  })();

  function drafts() {
    return Object.keys(shelf ?? {}).filter((key) => key.startsWith(DRAFT));
  }

  function drop(isUnwanted) {
    drafts().filter((key) => isUnwanted(JSON.parse(shelf.getItem(key)))).forEach((key) => shelf.removeItem(key));
  }

  // The device's clock was ahead: the week of such a draft begins now.
  function dateAnew() {
    drafts().forEach((key) => {
      const kept = JSON.parse(shelf.getItem(key));
      if (kept.at > Date.now()) shelf.setItem(key, JSON.stringify({ ...kept, at: Date.now() }));
    });
  }

  function draft(form) {
    const key = DRAFT + form.dataset.draft;
    // What the browser itself puts back, last of all, may be a second old: it would take the place of the draft.
    form.autocomplete = "off";
    const command = form.elements.command_id;
    const fresh = command.value;
    const inputs = () => [...form.elements].filter((one) => one.matches("textarea, select, [type=text], [type=date], [type=radio]"));
    // A service is suggested, and may be preset.
    const isTyped = () => inputs().some((one) => one.matches("textarea, [type=text]:not([list])") && one.value.trim());
    const attached = () => [...form.querySelectorAll(".files li:not(.field-wrong)")].filter((one) => !one.querySelector(":checked")).map((one) => one.querySelector("bdi").textContent);
    // Files of a draft before, and not chosen again so far: no page may put them back into its form.
    let missing = [];
    const isBegun = () => isTyped() || attached().length > 0;

    const keep = () => {
      const pairs = inputs().filter((one) => one.type !== "radio" || one.checked).map((one) => [one.name, one.value]);
      const files = [...new Set([...missing, ...attached()])];
      const kept = { at: Date.now(), command: command.value, fields: Object.fromEntries(pairs), files };
      try {
        isBegun() || missing.length ? shelf.setItem(key, JSON.stringify(kept)) : shelf.removeItem(key);
      } catch {
        // The shelf is full; the form still holds what is typed.
      }
    };
    form.addEventListener("input", keep);

    const kept = JSON.parse(shelf.getItem(key));
    if (!kept) return;
    // It came back, perhaps under another id: sent without another letter typed, it must not be put back.
    if (isBegun()) return keep();
    // Under the same id: sent already, it is not carried out a second time.
    command.value = kept.command;
    for (const one of inputs()) {
      if (one.type === "radio") one.checked = kept.fields[one.name] === one.value;
      else one.value = kept.fields[one.name] ?? one.value;
    }
    const when = new Date(kept.at).toLocaleString(language, { dateStyle: "long", timeStyle: "short", timeZone: form.dataset.zone });
    const clear = make("button", { type: "button", className: "quiet" }, words.clear);
    missing = kept.files ?? [];
    const lost = missing.length ? ` ${say("missing", { names: missing.join(", ") })}` : "";
    const note = make("p", { className: "note", role: "status" }, say("restored", { when }), lost, " ", clear);
    clear.addEventListener("click", () => {
      missing = [];
      form.reset();
      // Not before: files that are taken out are kept note of while the text still stands there.
      shelf.removeItem(key);
      command.value = fresh;
      note.remove();
      form.querySelector("[type=text], textarea").focus();
    });
    form.prepend(note);
    form.closest("details")?.setAttribute("open", "");
  }

  // --- what others write while a ticket is open ---------------------------------------------------------------------

  const LIVE_SECONDS = 30;
  function live(place) {
    const line = place.querySelector("p");
    const link = line.querySelector("a");
    const isWritten = (text) => text.value !== text.defaultValue;
    let seen = `W/"${place.dataset.seen}"`;
    const look = async () => {
      // Sent by this script, a form may have put another page in the place of this one.
      if (!place.isConnected) return clearInterval(looking);
      if (document.hidden) return;
      try {
        const answer = await fetch(`${place.dataset.live}?depuis=${place.dataset.seen}`, { headers: { "If-None-Match": seen } });
        if (answer.status === 304) return;
        // Signed out, or no longer theirs: the next click will say so.
        if (!answer.ok || answer.redirected) return clearInterval(looking);
        seen = answer.headers.get("ETag");
        const { news, first } = await answer.json();
        line.querySelector("span").textContent = news;
        line.hidden = !news;
        if (first) link.href = `${link.pathname}?entree=${first}#e${first}`;
      } catch {
        // Offline for a moment: the next one may arrive.
      }
    };
    const looking = setInterval(look, LIVE_SECONDS * 1000);
    document.addEventListener("visibilitychange", look);
    // With a text begun, what came in is put below: nothing of it is lost, not even its place.
    link.addEventListener("click", async (event) => {
      const texts = [...document.querySelectorAll("textarea:not([readonly])")];
      if (!texts.some(isWritten) && !document.querySelector(".drop-zone .files li")) return;
      event.preventDefault();
      const page = new DOMParser().parseFromString(await (await fetch(link.href)).text(), "text/html");
      const known = new Set([...document.querySelectorAll(".timeline article")].map((entry) => entry.id));
      const fresh = [...page.querySelectorAll(".timeline > li")].filter((one) => !known.has(one.querySelector("article").id));
      const now = page.querySelector("[data-live]");
      if (!now) return location.assign(link.href);
      document.querySelector(".timeline").append(...fresh);
      document.querySelector(".ticket-head").replaceWith(page.querySelector(".ticket-head"));
      const solution = page.querySelector(".solution");
      if (solution && !document.querySelector(".solution")) document.querySelector(".ticket-head").after(solution);
      all("[name=seen]", (field) => (field.value = page.querySelector("[name=seen]")?.value ?? field.value));
      place.dataset.seen = now.dataset.seen;
      line.hidden = true;
      const entry = fresh[0]?.querySelector("article");
      if (!entry) return;
      entry.tabIndex = -1;
      entry.focus();
      entry.scrollIntoView({ block: "nearest" });
    });
  }

  // --- the page -----------------------------------------------------------------------------------------------------

  function enhance() {
    // The summary of errors is read first.
    document.querySelector("[data-focus]")?.focus();
    all("input[type=password]", password);
    all("input[type=file][data-max-bytes]", files);
    const done = document.querySelector("[data-done]")?.dataset.done.split(" ") ?? [];
    dateAnew();
    drop((kept) => done.includes(kept.command) || Date.now() - kept.at > DRAFT_MILLISECONDS);
    if (shelf) all("form[data-draft]", draft);
    all("[data-live]", live);
    // Sent twice is done once anyway; this only spares the wait.
    all("form[method=post]", (form) =>
      form.addEventListener("submit", (event) => {
        if (event.defaultPrevented) return;
        if (form.dataset.sent) event.preventDefault();
        form.dataset.sent = "1";
        setTimeout(() => delete form.dataset.sent, 5000);
      }),
    );
    // Browsers leave a half visible link where it is. A pressed one must stay under the finger.
    all(".list-tabs", (tabs) =>
      tabs.addEventListener("focusin", ({ target }) => {
        if (target.matches(":focus-visible")) target.scrollIntoView({ block: "nearest", inline: "nearest" });
      }),
    );
    all("form[action='/deconnexion']", (form) => form.addEventListener("submit", () => drop(() => true)));
  }

  // A file that misses the form must not take the place of the page.
  for (const name of ["dragover", "drop"]) {
    document.addEventListener(name, (event) => {
      if (document.querySelector("input[type=file]") && event.dataTransfer.types.includes("Files")) event.preventDefault();
    });
  }
  enhance();
})();
