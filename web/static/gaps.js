// Gaps: what was found is shown, what to write is proposed, and decisions are made and taken back.

import { askFragment, askJson, askNothing } from "./api.js";
import { watchMenu } from "./menu.js";
import { tell } from "./notify.js";
import { t } from "./words.js";

const place = document.getElementById("found");

async function load(anew = false) {
  place.setAttribute("aria-busy", "true");
  try {
    place.replaceChildren(await askFragment("GET", `/fragments/gaps${anew ? "?anew=true" : ""}`));
  } catch (problem) {
    const words = document.createElement("p");
    words.textContent = problem.message;
    place.replaceChildren(words);
  } finally {
    place.removeAttribute("aria-busy");
  }
}

const own = (button) => `/api/v1/gaps/${button.closest("[data-gap]").dataset.gap}`;

async function propose(button) {
  const gap = button.closest("[data-gap]");
  const proposal = gap.querySelector(".gap-proposal");
  proposal.replaceChildren(await askFragment("GET", `/fragments/gaps/${gap.dataset.gap}/proposal`));
  button.hidden = true;
  proposal.querySelector("button").focus();
}

// What was begun is opened where it is written on.
async function accept(button) {
  const told = await askJson("POST", `${own(button)}/acceptances`, { what: button.dataset.what });
  const [kind, id] = [told.made.slice(0, told.made.indexOf(":")), told.made.slice(told.made.indexOf(":") + 1)];
  location.assign(kind === "article" ? `/knowledge/article/${encodeURIComponent(id)}` : `/review?candidate=${id}`);
}

async function undo(button) {
  await askJson("DELETE", `/api/v1/gaps/decisions/${button.closest("[data-decision]").dataset.decision}`);
  await load();
  place.focus();
  tell(t("Undone."));
}

async function retire(button) {
  const row = button.closest("[data-unused]");
  const id = row.dataset.unused.split("/").map(encodeURIComponent).join("/");
  const why = encodeURIComponent(t("never used"));
  await askNothing("DELETE", `/api/v1/${row.closest("[data-kind]").dataset.kind}s/${id}?reason=${why}`);
  leave(row);
  tell(t("Retired: %(title)s.", { title: row.querySelector("a").textContent }));
}

// What leaves a list hands the focus on.
function leave(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (next?.querySelector("button") ?? place).focus();
}

const acts = { anew: () => load(true), propose, accept, undo, retire };

place.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-action]");
  if (!button || button.disabled) return;
  button.disabled = true;
  try {
    await acts[button.dataset.action](button);
  } catch (problem) {
    tell(problem.message, { seconds: 6 });
  } finally {
    button.disabled = false;
  }
});

place.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  try {
    await askJson("POST", `${own(form)}/dismissals`, { why: form.elements.why.value });
    await load();
    place.focus();
    tell(t("Kept: it comes back once more of its kind are asked."));
  } catch (problem) {
    tell(problem.message, { seconds: 6 });
  }
});

watchMenu();
load();
