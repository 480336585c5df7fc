// Duplicates: groups of cases are merged into the one that is kept, and a merge is undone.

import { askFragment, askJson } from "./api.js";
import { watchMenu } from "./menu.js";
import { tell } from "./notify.js";
import { t, tn } from "./words.js";

const place = document.getElementById("found");
const looking = document.getElementById("looking");
const EVERY = 3000; // milliseconds after which a look that goes on is asked for again
let shown = false;

async function load() {
  try {
    const told = await askFragment("GET", "/fragments/duplicates");
    const far = told.querySelector("[data-looking]");
    looking.replaceChildren(...(far ? [far] : []));
    if (far) setTimeout(load, EVERY);
    if (far && shown) return;
    if (far && !told.querySelector("section")) {
      place.replaceChildren();
      return;
    }
    if (shown) offer(told);
    else show(told);
  } catch (problem) {
    const words = document.createElement("p");
    words.textContent = problem.message;
    if (shown) {
      looking.replaceChildren(words);
      setTimeout(load, EVERY);
    } else {
      looking.replaceChildren();
      place.replaceChildren(words);
    }
  }
}

function show(told) {
  shown = true;
  place.replaceChildren(told);
}

// What was chosen, or can still be undone, isn't taken away from under the hand.
function offer(told) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = t("All is compared: show what was found");
  button.addEventListener("click", () => {
    looking.replaceChildren();
    show(told);
  });
  looking.replaceChildren(button);
}

function chosen(group) {
  const keep = group.querySelector('input[type="radio"]:checked').value;
  const others = [...group.querySelectorAll('input[type="checkbox"]:checked')].map((box) => box.value);
  return { keep, ids: [...new Set([keep, ...others])] };
}

// Once merged, a group only offers to undo it.
function settle(group, merged) {
  group.dataset.merged = merged ?? "";
  group.querySelector("fieldset").disabled = merged !== null;
  const [merge, undo] = [group.querySelector('[data-action="merge"]'), group.querySelector('[data-action="undo"]')];
  merge.hidden = merged !== null;
  undo.hidden = merged === null;
  (merged === null ? merge : undo).focus();
}

async function merge(group) {
  const body = chosen(group);
  if (body.ids.length < 2) {
    tell(t("Choose at least two cases."));
    return;
  }
  const told = await askJson("POST", "/api/v1/duplicates/merges", body);
  settle(group, told.retired[0]);
  const count = told.retired.length;
  tell(tn("%(num)s case merged into %(kept)s.", "%(num)s cases merged into %(kept)s.", count, { kept: told.kept }));
}

async function undo(group) {
  await askJson("DELETE", `/api/v1/duplicates/merges/${encodeURIComponent(group.dataset.merged)}`);
  settle(group, null);
  tell(t("Undone: all cases are as they were."));
}

place.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-action]");
  if (!button || button.disabled) return;
  button.disabled = true;
  try {
    await (button.dataset.action === "merge" ? merge : undo)(button.closest("[data-group]"));
  } catch (problem) {
    tell(problem.message, { seconds: 6 });
  } finally {
    button.disabled = false;
  }
});

watchMenu();
load();
