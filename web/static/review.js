// Review: closed conversations are gathered, looked at, and accepted, merged, edited or turned down.

import { askFragment, askJson } from "./api.js";
import { blocked, clear, show as showFound } from "./findings.js";
import { watchMenu } from "./menu.js";
import { tell } from "./notify.js";
import { remember } from "./store.js";
import { t, tn } from "./words.js";

const place = document.getElementById("review");
const held = document.getElementById("held");
const keys = document.getElementById("keys");
const rejecting = document.getElementById("rejecting");
const typing = (event) => event.target.closest("input:not([type=radio]), textarea, select");
let busy = false;
let state = "waiting";

const candidate = () => place.querySelector("[data-candidate]");
const form = () => place.querySelector("#fields");

// Shows what the server answers; a failure leaves the page, and what was typed, as it is.
async function show(method, path, body, { focus = true, hold } = {}) {
  if (busy) return false;
  busy = true;
  clear(held);
  place.setAttribute("aria-busy", "true");
  try {
    place.replaceChildren(await askFragment(method, path, body));
    state = place.querySelector(".review").dataset.state;
    for (const button of document.querySelectorAll(".filters [data-state]")) {
      if (button.dataset.state === state) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    history.replaceState({}, "", candidate() ? `/review?state=${state}&candidate=${candidate().dataset.candidate}` : `/review?state=${state}`);
    if (focus) place.querySelector("#candidate-title")?.focus({ preventScroll: true });
    place.querySelector(".row[aria-current]")?.scrollIntoView({ block: "nearest" });
    return true;
  } catch (problem) {
    if (hold && blocked(problem)) hold(problem);
    else tell(problem.message, { seconds: 8 });
    return false;
  } finally {
    busy = false;
    place.removeAttribute("aria-busy");
  }
}

const list = (chosen, id) => show("GET", `/fragments/review?state=${chosen}${id ? `&candidate=${id}` : ""}`);

// Only what was changed is sent: what isn't named stays.
function changes() {
  const told = {};
  for (const field of form()?.elements ?? []) {
    if (!field.name || field.value === field.defaultValue) continue;
    told[field.name] = field.name === "steps" ? field.value.split("\n") : field.value;
  }
  return told;
}

async function save() {
  const told = changes();
  if (!Object.keys(told).length) return true;
  return show("PATCH", `/fragments/review/${candidate().dataset.candidate}`, { ...told, version: version() });
}

const version = () => Number(candidate().dataset.version);

// What was typed is saved first, so that what is accepted is what is seen.
async function decide(what, body, said) {
  if (!candidate() || busy || !place.querySelector(`[data-do=${what}]`)) return;
  if (what !== "reject" && !(await save())) return;
  const again = (override) => decide(what, { ...body, override }, said);
  const hold = ({ findings }) => showFound(held, { title: t("Held back: nothing was stored"), findings, override: again });
  const path = `/fragments/review/${candidate().dataset.candidate}/${what}`;
  if (await show("POST", path, { ...body, version: version() }, { hold })) tell(said);
}

function merge() {
  const chosen = place.querySelector("input[name=near]:checked");
  if (!chosen) tell(t("No case is marked."));
  else decide("merge", { case_id: chosen.value }, t("Merged with %(case)s.", { case: chosen.value }));
}

function askWhy() {
  if (!place.querySelector("[data-do=reject]")) return;
  document.getElementById("why").value = "";
  rejecting.showModal();
  document.getElementById("why").focus();
}

function move(step) {
  const rows = [...place.querySelectorAll("[data-open]")];
  const at = rows.findIndex((row) => row.hasAttribute("aria-current"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  if (next && !next.hasAttribute("aria-current")) open(next.dataset.open);
}

function open(id) {
  if (Object.keys(changes()).length) tell(t("Save what you changed first, or reload to drop it."), { seconds: 5 });
  else list(state, id);
}

function mark(next) {
  const choices = [...place.querySelectorAll("input[name=near]")];
  if (!choices.length) return;
  const at = choices.findIndex((one) => one.checked);
  choices[next ? (at + 1) % choices.length : at].checked = true;
  for (const one of choices) one.closest("[data-near]").toggleAttribute("data-marked", one.checked);
}

// The name under which this browser acts, here and elsewhere; headers carry plain characters alone.
function rename(field) {
  const name = field.value.trim();
  if (/^[\x21-\x7e][\x20-\x7e]{0,99}$/.test(name)) remember("colleague", name);
  else tell(t("Write a name in plain Latin letters."));
  if (!Object.keys(changes()).length) list(state, candidate()?.dataset.candidate);
}

// Closed conversations are read; what rules decided is told, since nobody looked at it.
async function gather({ quiet = false } = {}) {
  try {
    const found = await askJson("POST", "/api/v1/review/gatherings");
    const told = [tn("%(num)s new candidate", "%(num)s new candidates", found.added)];
    if (found.by_rule) told.push(tn("%(num)s decided by a rule", "%(num)s decided by rules", found.by_rule));
    if (found.more) told.push(t("there are more: look again"));
    if (!quiet || found.added) tell(`${told.join(", ")}.`, { seconds: 5 });
  } catch (problem) {
    tell(problem.message, { seconds: 8 });
  }
}

const acts = {
  accept: () => decide("accept", {}, t("Accepted.")),
  merge,
  save: async () => (await save()) && tell(t("Saved.")),
  reject: askWhy,
};

document.getElementById("gather").addEventListener("click", async () => {
  await gather();
  if (!Object.keys(changes()).length) list("waiting");
});
document.getElementById("help").addEventListener("click", () => keys.showModal());
document.querySelector(".filters").addEventListener("click", (event) => {
  if (event.target.dataset.state) list(event.target.dataset.state);
});
rejecting.querySelector("[data-cancel]").addEventListener("click", () => rejecting.close());
document.getElementById("rejection").addEventListener("submit", (event) => {
  event.preventDefault();
  const reason = document.getElementById("why").value.trim();
  if (!reason) return;
  rejecting.close();
  decide("reject", { reason }, t("Turned down."));
});
place.addEventListener("submit", (event) => {
  event.preventDefault();
  acts.save();
});
place.addEventListener("change", (event) => {
  if (event.target.name === "near") mark(false);
  else if (event.target.id === "actor") rename(event.target);
});
place.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.open) open(button.dataset.open);
  else if (button.dataset.do) acts[button.dataset.do]();
});
document.addEventListener("keydown", (event) => {
  if (keys.open || rejecting.open) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest("#fields")) {
    event.preventDefault();
    acts.save();
    return;
  }
  if (typing(event) || event.ctrlKey || event.metaKey || event.altKey) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const bound = {
    j: () => move(1), k: () => move(-1), a: acts.accept, m: merge, r: askWhy, n: () => mark(true),
    e: () => place.querySelector("#f-category")?.focus(),
    g: () => document.getElementById("gather").click(), "?": () => keys.showModal(),
  }[event.key];
  if (!bound) return;
  event.preventDefault();
  bound();
});

async function load() {
  const wanted = new URLSearchParams(location.search);
  await gather({ quiet: true });
  await list(encodeURIComponent(wanted.get("state") ?? "waiting"), encodeURIComponent(wanted.get("candidate") ?? ""));
}

watchMenu();
load();
