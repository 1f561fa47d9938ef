// Follows a page's events: puts new parts in the place of old ones, turns times into ages, and sends orders without
// leaving the page. Without this script pages work by forms alone.
"use strict";

const content = document.getElementById("content");
const said = document.getElementById("said");
const link = document.getElementById("link");

// What each part was last, as it was sent: what a reader changed in it meanwhile (an open detail, a field) is kept.
const parts = new Map();

function byId(id) {
  return document.getElementById(id);
}

// Where the reader is, in words that hold for what is drawn anew: links and summaries have no name of their own.
function place(one) {
  return `${one.tagName} ${one.id || one.getAttribute("href") || one.closest("details[id]")?.id || ""}`;
}

function focusAgain(element, wanted) {
  const all = element.querySelectorAll("a, button, summary, input, select");
  [...all].find((one) => place(one) === wanted)?.focus({ preventScroll: true });
}

// Which details the server draws open: only what a reader opened or closed is theirs, and kept. A revision that begins
// closed, as it has no pod yet, opens by itself with its first.
function drawn(element) {
  for (const one of element.querySelectorAll("details[id]")) one.dataset.drawn = one.open;
}

function remember(element) {
  const details = [...element.querySelectorAll("details[id]")];
  const fields = [...element.querySelectorAll("input[id], select[id]")].filter((field) => field.type !== "hidden");
  return {
    focus: element.contains(document.activeElement) ? place(document.activeElement) : "",
    open: details.filter((one) => String(one.open) !== one.dataset.drawn).map((one) => [one.id, one.open]),
    values: fields.filter((field) => field.dataset.touched).map((field) => [field.id, field.value, field.checked]),
  };
}

function restore(element, kept) {
  for (const [id, open] of kept.open) {
    const one = byId(id);
    if (one) one.open = open;
  }
  for (const [id, value, checked] of kept.values) {
    const field = byId(id);
    if (field) {
      field.value = value;
      field.checked = checked;
      field.dataset.touched = "yes";
    }
  }
  if (kept.focus) focusAgain(element, kept.focus);
}

function put(id, html) {
  if (parts.get(id) === html) return;
  parts.set(id, html);
  const element = byId(id);
  if (!element) return;
  const kept = remember(element);
  // The server escapes every text that is not its own, and the page's policy runs no script that is written into it.
  element.innerHTML = html;
  drawn(element);
  restore(element, kept);
  if (id.startsWith("row/")) colour(element);
}

function colour(row) {
  const badge = row.querySelector(".badge");
  if (badge) row.className = [...badge.classList].filter((name) => name !== "badge").join(" ");
}

// Which rows there are, and in which order.
function order(ids) {
  const body = byId("rows");
  const known = new Map([...body.children].map((row) => [row.id, row]));
  const rows = ids.map((id) => {
    const row = known.get(id) ?? document.createElement("tr");
    row.id = id;
    return row;
  });
  // A row that is moved loses the focus that is in it.
  const focused = document.activeElement;
  body.replaceChildren(...rows);
  if (body.contains(focused)) focused.focus({ preventScroll: true });
  for (const id of known.keys()) if (!ids.includes(id)) parts.delete(id);
}

function take(event) {
  const message = JSON.parse(event.data);
  if (message.rows) order(message.rows);
  for (const [id, html] of message.parts) put(id, html);
  ages();
}

const UNITS = [[86400, "d"], [3600, "h"], [60, "m"], [1, "s"]];

function age(seconds) {
  const ahead = seconds < 0;
  const size = Math.abs(seconds);
  const [unit, name] = UNITS.find(([unit]) => size >= unit) ?? [1, "s"];
  const text = `${Math.floor(size / unit)}${name}`;
  return ahead ? `in ${text}` : `${text} ago`;
}

function ages() {
  for (const time of document.querySelectorAll("time.ago")) {
    const at = Date.parse(time.dateTime);
    if (Number.isNaN(at)) continue;
    time.textContent = age((Date.now() - at) / 1000);
    time.title = new Date(at).toLocaleString();
  }
}

let source = null;
let patience = 1000;

function tell(text) {
  if (link && link.textContent !== text) link.textContent = text;
}

// A browser has few connections to one server: a page that nobody sees gives its own back.
function follow() {
  const address = content?.dataset.events;
  if (!address || document.hidden || source) return;
  source = new EventSource(address);
  source.addEventListener("open", () => {
    patience = 1000;
    tell("live");
  });
  source.addEventListener("parts", take);
  source.addEventListener("error", async () => {
    source?.close();
    source = null;
    tell("not live: trying again");
    const why = await refusal(address);
    if (why) tell(`not live: ${why}`);
    setTimeout(follow, patience);
    patience = Math.min(patience * 2, 30000);
  });
}

// Why there are no events is not told to their reader: who asks for them plainly is answered by a page that says it, or sent to sign in.
async function refusal(address) {
  const asked = new AbortController();
  try {
    const answer = await fetch(address, { redirect: "manual", signal: asked.signal });
    if (answer.type === "opaqueredirect" || answer.status === 401) location.reload();
    if (answer.ok || !answer.body) return "";
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.querySelector("#content p.note.bad")?.textContent ?? "";
  } catch {
    return "";
  } finally {
    asked.abort();
  }
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) return follow();
  source?.close();
  source = null;
});

document.addEventListener("input", (event) => {
  event.target.dataset.touched = "yes";
});

document.addEventListener("change", (event) => {
  if (event.target.matches("form.filter select")) event.target.form.requestSubmit();
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form.act")) return;
  event.preventDefault();
  const button = event.submitter;
  // The part may be drawn anew before the answer is there.
  const asked = form.closest("details.order")?.id;
  const body = new URLSearchParams(new FormData(form, button));
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/plain" } });
    if (answer.status === 401 || answer.redirected) return location.reload();
    say((await answer.text()) || answer.statusText, answer.ok);
    if (answer.ok && asked) byId(asked)?.removeAttribute("open");
  } catch {
    say("The dashboard cannot be reached; nothing is known of the order. Look before you try again.", false);
  } finally {
    button.disabled = false;
  }
});

function say(text, good) {
  said.textContent = text;
  said.className = good ? "said good" : "said bad";
  said.scrollIntoView({ block: "nearest" });
}

drawn(document);
ages();
setInterval(ages, 1000);
follow();
