// The checks over the whole knowledge: the last run, a new one, and what of it is shown.

import { askFragment, askJson } from "./api.js";
import { watchMenu } from "./menu.js";
import { tell } from "./notify.js";
import { t } from "./words.js";

const PAUSE = 1000; // milliseconds between two looks at a run that is going on
const place = document.getElementById("found");
let severity = new URLSearchParams(location.search).get("severity") ?? "";

async function load() {
  try {
    const asked = severity ? `?severity=${encodeURIComponent(severity)}` : "";
    place.replaceChildren(await askFragment("GET", `/fragments/checks${asked}`));
  } catch (problem) {
    tell(problem.message, { seconds: 8 });
    return;
  }
  if (place.querySelector("[data-running=yes]")) setTimeout(follow, PAUSE);
}

async function follow() {
  try {
    const { running } = await askJson("GET", "/api/v1/knowledge-checks?severity=error");
    if (running) setTimeout(follow, PAUSE);
    else {
      await load();
      tell(t("Checked."));
    }
  } catch {
    setTimeout(follow, PAUSE);
  }
}

async function run(button) {
  button.disabled = true;
  try {
    const { running } = await askJson("POST", "/api/v1/knowledge-checks");
    await load();
    if (!running) tell(t("Checked."));
  } catch (problem) {
    button.disabled = false;
    tell(problem.message, { seconds: 8 });
  }
}

place.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.action === "run") run(button);
  else if (button.dataset.severity !== undefined) {
    severity = button.dataset.severity;
    history.replaceState({}, "", severity ? `/checks?severity=${severity}` : "/checks");
    await load();
    place.querySelector(`[data-severity="${severity}"]`)?.focus();
  }
});

watchMenu();
load();
