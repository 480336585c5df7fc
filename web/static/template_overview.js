// Proposals for templates: read, tried, edited, accepted or dismissed; the table beside them is the server's.

import { askFragment, askJson, askNothing } from "./api.js";
import { watchMenu } from "./menu.js";
import { tell } from "./notify.js";
import { t } from "./words.js";

const PAUSE = 300; // milliseconds without a key before a version is read
const place = document.getElementById("found");
const dismissing = document.getElementById("dismissing");
const why = document.getElementById("why");
let dismissed = null;
let timer = null;

async function load() {
  try {
    place.replaceChildren(await askFragment("GET", "/fragments/template-overview"));
  } catch (problem) {
    const words = document.createElement("p");
    words.textContent = problem.message;
    place.replaceChildren(words);
  }
}

const parts = (card) => ({ field: card.querySelector("textarea"), edit: card.querySelector(".edit"), preview: card.querySelector("[data-preview]") });
const path = (card) => `/template-proposals/${card.dataset.proposal}`;

// What was edited, null where it is as proposed.
function edited(card) {
  const { field } = parts(card);
  return field.value === field.defaultValue ? null : field.value;
}

async function read(card) {
  const { preview } = parts(card);
  const asked = edited(card);
  const found = await askFragment("POST", `/fragments${path(card)}`, { body: asked });
  if (edited(card) !== asked) return;
  card.querySelector('[data-do="accept"]').disabled = found.querySelector(".remarks .error") !== null;
  preview.replaceChildren(found);
}

async function unfold(button, card) {
  const { edit, preview, field } = parts(card);
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(open));
  if (button.dataset.do === "edit") edit.hidden = !open;
  else preview.hidden = !open;
  if (open && button.dataset.do === "edit") field.focus();
  if (open) await read(card);
}

async function accept(card) {
  await askJson("POST", `/api/v1${path(card)}/accept`, { body: edited(card) });
  await settled(t("Accepted: the next version is in use. Its history leads back."));
}

async function settled(words) {
  await load();
  (place.querySelector(".proposal h3") ?? place).focus();
  tell(words, { seconds: 5 });
}

async function failing(button, doing) {
  button.disabled = true;
  try {
    await doing();
  } catch (problem) {
    tell(problem.message, { seconds: 8 });
  }
  if (button.isConnected) button.disabled = false;
}

place.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  const card = event.target.closest("[data-proposal]");
  const { line } = event.target.dataset;
  if (line) toLine(card, Number(line));
  if (!button || button.disabled) return;
  if (button.dataset.do === "accept") failing(button, () => accept(card));
  else if (button.dataset.do === "dismiss") {
    dismissed = card;
    why.value = "";
    dismissing.showModal();
  } else unfold(button, card).catch((problem) => tell(problem.message, { seconds: 8 }));
});

function toLine(card, number) {
  const { field } = parts(card);
  const lines = field.value.split("\n");
  const start = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
  card.querySelector('[data-do="edit"]').setAttribute("aria-expanded", "true");
  parts(card).edit.hidden = false;
  field.focus();
  field.setSelectionRange(start, start + (lines[number - 1] ?? "").length);
}

place.addEventListener("input", (event) => {
  const card = event.target.closest("[data-proposal]");
  clearTimeout(timer);
  timer = setTimeout(() => {
    parts(card).preview.hidden = false;
    card.querySelector('[data-do="preview"]').setAttribute("aria-expanded", "true");
    read(card).catch((problem) => tell(problem.message, { seconds: 8 }));
  }, PAUSE);
});

document.getElementById("dismissal").addEventListener("submit", (event) => {
  event.preventDefault();
  dismissing.close();
  failing(event.submitter, async () => {
    await askNothing("POST", `/api/v1${path(dismissed)}/dismiss`, { reason: why.value });
    await settled(t("Dismissed. It comes back once as many new edits say the same."));
  });
});
dismissing.querySelector("[data-cancel]").addEventListener("click", () => dismissing.close());

watchMenu();
load();
