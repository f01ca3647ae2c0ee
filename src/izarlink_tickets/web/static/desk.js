
// The desk only; it follows app.js. Keys, canned texts, who else is there. Every page works without it.
{
  const POLL_SECONDS = 20;
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (element) => element.getClientRects().length > 0;
  const isTyping = (element) => element.matches("input:not([type=radio], [type=checkbox]), textarea, select");
  const openPart = () => all(".composer-part").find(isShown);

  for (const hint of all("[data-scripted]")) hint.hidden = false;

  // --- writing: choosing a tab leads to its text

  const write = () => {
    const text = openPart()?.querySelector("textarea");
    text?.focus();
    text?.setSelectionRange(text.value.length, text.value.length);
    // The text where one looks, and its button in sight.
    openPart()?.scrollIntoView({ block: "nearest" });
  };
  for (const tab of all(".composer-modes input")) {
    // Not on "change": the arrow keys go from tab to tab.
    find(`label[for=${tab.id}]`).addEventListener("click", () => setTimeout(write));
  }
  find(".to-composer")?.addEventListener("click", (event) => {
    event.preventDefault();
    write();
  });
  const wantsToWrite = new URLSearchParams(location.search).has("ecrire") || find("[data-returned]");
  // Where something is wrong, its summary is read first.
  if (wantsToWrite && !find("[data-focus]")) write();
  // What was left half written, and which the page has put back, stands where it is seen.
  const left = !wantsToWrite && find(".composer-part form > .note");
  if (left) find(`.composer-modes [value="${left.closest(".composer-part").id.replace(/-form$/, "")}"]`).checked = true;

  // --- what unfolds is seen whole, its button too

  for (const summary of all(".desk-action > summary")) {
    summary.addEventListener("click", () => setTimeout(() => summary.parentElement.scrollIntoView({ block: "nearest" })));
  }

  // --- canned texts, where the cursor is

  const put = (text, words) => {
    text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  };
  for (const button of all("[data-insert]")) {
    button.addEventListener("click", async (event) => {
      const choice = find("select", button.parentElement);
      if (button.dataset.failed) return;
      event.preventDefault();
      if (!choice.value) return choice.focus();
      try {
        const answer = await fetch(button.dataset.insert + choice.value);
        if (!answer.ok || answer.redirected) throw new Error(answer.status);
        put(find("textarea", button.form), await answer.text());
        choice.value = "";
      } catch {
        // The page does it, and says what is wrong.
        button.dataset.failed = "1";
        button.click();
      }
    });
  }

  // --- who else is there, and what came in

  const here = find("[data-presence]");
  const version = () => find("[data-version]")?.value ?? "0";
  const isWritten = (text) => text.value !== text.defaultValue || (text.value && text.closest("[data-returned]"));
  const written = () => {
    const text = all(".composer-part textarea").find(isWritten);
    return text?.closest("form").action.split("/").pop() ?? "";
  };
  const say = (line, words) => {
    if (line.textContent !== words) line.textContent = words;
  };
  const tell = ({ present, news }) => {
    const [people, pill] = [find("[data-present]", here), find("[data-news]", here)];
    say(people, present.join(" · "));
    people.hidden = !present.length;
    say(find("span", pill), news);
    pill.hidden = !news;
  };
  const ask = async () => {
    if (document.hidden) return;
    const token = find("[name=csrf_token]").value;
    const body = new URLSearchParams({ csrf_token: token, version: version(), ecrit: written() });
    try {
      const answer = await fetch(here.dataset.presence, { method: "POST", body });
      // Signed out, or the ticket is gone: the next click will say so.
      if (!answer.ok) return clearInterval(asking);
      tell(await answer.json());
    } catch {
      // Offline for a moment: the next one may arrive.
    }
  };
  const asking = here && setInterval(ask, POLL_SECONDS * 1000);
  if (here) {
    document.addEventListener("visibilitychange", ask);
    // A colleague learns at once that somebody began to write.
    let was = written();
    document.addEventListener("input", () => {
      if (was !== written()) ask();
      was = written();
    });
    // What came in is put below; what is being typed stays where it is.
    find("[data-news] a", here).addEventListener("click", async (event) => {
      if (!all("textarea, input:not([type=hidden], [type=radio], [type=checkbox])").some(isWritten)) return;
      event.preventDefault();
      const answer = await fetch(event.target.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const last = find(".timeline");
      const known = new Set(all(".timeline article").map((entry) => entry.id));
      const fresh = [...page.querySelectorAll(".timeline > li")].filter((one) => !known.has(find("article", one).id));
      last.append(...fresh);
      for (const field of all("[data-version]")) field.value = find("[data-version]", page).value;
      event.target.href = `?depuis=${version()}`;
      find("[data-news]", here).hidden = true;
      const entry = fresh.length && find("article", fresh[0]);
      if (entry) focusOn(entry);
    });
  }

  // --- what comes into the queue: the page says so; no row moves before somebody asks for it

  const queue = find("[data-queue]");
  if (queue) {
    let seen = `W/"${queue.dataset.seen}"`;
    const show = (counts) => {
      for (const badge of all(".tabs .count")) say(badge, counts[badge.parentElement.getAttribute("href")] ?? badge.textContent);
    };
    const shown = () => find(".tabs [aria-current] .count")?.textContent;
    const before = shown();
    const look = async () => {
      if (document.hidden) return;
      try {
        const answer = await fetch(queue.dataset.queue, { headers: { "If-None-Match": seen } });
        if (answer.status === 304) return;
        // Signed out: the next click will say so.
        if (!answer.ok || answer.redirected) return clearInterval(looking);
        seen = answer.headers.get("ETag");
        const { news, counts } = await answer.json();
        show(counts);
        const words = news || (shown() === before ? "" : queue.dataset.changed);
        say(find("span", queue), words);
        find("p", queue).hidden = !words;
      } catch {
        // Offline for a moment: the next one may arrive.
      }
    };
    const looking = setInterval(look, POLL_SECONDS * 1000);
    document.addEventListener("visibilitychange", look);
  }

  // --- the tickets that are ticked

  const picked = find("[data-picked]");
  if (picked) {
    const count = () => say(picked, String(all("[name=ticket]:checked").length));
    document.addEventListener("change", count);
    count();
  }

  // --- keys

  const rows = () => all(".queue tbody tr, .timeline > li > article");
  const current = () => rows().find((row) => row.contains(document.activeElement));
  const focusOn = (row) => {
    const target = row.matches("article") ? row : find("a", row);
    if (target === row) row.tabIndex = -1;
    target.focus();
    row.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const found = rows();
    const at = found.indexOf(current());
    const next = at < 0 ? (by > 0 ? 0 : found.length - 1) : at + by;
    if (found[next]) focusOn(found[next]);
  };
  const press = (key) => {
    const keyed = `[data-key="${key}"]`;
    // What stands in a row is that row's alone.
    const target = (current() && find(keyed, current())) ?? find(`${keyed}:not(tbody *)`);
    if (!target || !isShown(target)) return false;
    if (target.matches("[type=radio]")) {
      target.checked = true;
      target.dispatchEvent(new Event("change", { bubbles: true }));
      write();
    } else if (isTyping(target)) target.focus();
    else target.click();
    return true;
  };
  // On a row of the queue, writing begins on the ticket's page.
  const WRITE = { r: "repondre", n: "note", s: "resoudre" };
  const open = (key) => {
    const link = current() && find(".ticket-title a", current());
    if (!link) return false;
    if (key === "o") link.click();
    else location.href = `${link.href}?ecrire=${WRITE[key]}`;
    return true;
  };
  const pick = () => {
    const box = current() && find("[name=ticket]", current());
    box?.click();
    return Boolean(box);
  };
  const search = () => {
    const field = find("#q");
    if (field) field.focus();
    else location.href = "/bureau#q";
  };
  const KEYS = {
    j: () => step(1) ?? true,
    k: () => step(-1) ?? true,
    o: () => open("o"),
    r: () => press("r") || open("r"),
    n: () => press("n") || open("n"),
    s: () => press("s") || open("s"),
    a: () => press("a"),
    x: pick,
    "/": () => search() ?? true,
    "?": () => press("?"),
  };
  const send = (text) => {
    const within = text.closest("[data-part]") ?? text.form;
    const button = find("[data-submit]", within) ?? find("button", within);
    text.form.requestSubmit(button);
  };
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.isComposing) return;
    if (key === "Enter" && (event.ctrlKey || event.metaKey) && target.form?.method === "post" && target.name !== "ticket") {
      event.preventDefault();
      return send(target);
    }
    if (key === "Escape" && target.matches("textarea")) return target.blur();
    const isFree = !(event.ctrlKey || event.metaKey || event.altKey || isTyping(target) || find("dialog[open]"));
    if (!isFree || !("keys" in document.documentElement.dataset) || !Object.hasOwn(KEYS, key)) return;
    if (KEYS[key]()) event.preventDefault();
  });
  for (const link of all("[data-dialog]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      document.getElementById(link.dataset.dialog).showModal();
    });
  }
  // The way to the search leads into it.
  if (location.hash === "#q") find("#q")?.focus();
}
