// The page of promises: settling them, and the message that follows.

import { settle, showFollowUp, watchFollowUp } from "./followup.js";
import { watchMenu } from "./menu.js";
import { tell } from "./notify.js";
import { t } from "./words.js";

watchMenu();
const STATES = { open: t("Open"), kept: t("Kept"), broken: t("Broken"), withdrawn: t("Withdrawn") };
const WORDS = { open: t("Noted: open again."), kept: t("Noted: kept."), broken: t("Noted: broken."), withdrawn: t("Noted: no promise.") };

function show(row, promise) {
  row.dataset.state = promise.state;
  row.classList.toggle("overdue", promise.overdue);
  row.querySelector(".promise-state").textContent = promise.overdue ? t("Overdue") : STATES[promise.state];
  const state = STATES[promise.state].toLowerCase();
  const settled = t("%(state)s by %(who)s", { state, who: promise.state_by });
  row.querySelector("[data-settled]").textContent = promise.state === "open" ? "" : ` · ${settled}`;
  for (const button of row.querySelectorAll("[data-settle]")) {
    button.setAttribute("aria-pressed", String(button.dataset.settle === promise.state));
  }
  const waits = promise.state === "open" && promise.due !== null && !promise.overdue;
  row.querySelector('[data-action="follow-up"]').hidden = waits || promise.state === "withdrawn";
}

// Pressed again, a button opens the promise again.
async function press(button, row) {
  const state = button.getAttribute("aria-pressed") === "true" ? "open" : button.dataset.settle;
  button.disabled = true;
  const promise = await settle(row.dataset.promise, state);
  button.disabled = false;
  button.focus();
  if (promise === null) return;
  show(row, promise);
  tell(WORDS[promise.state]);
}

document.getElementById("promises").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const row = event.target.closest("[data-promise]");
  if (!button || !row) return;
  if (button.dataset.settle) press(button, row);
  else showFollowUp(row.dataset.promise);
});
watchFollowUp();
