// What has gone stale: a record that is still right is told so, and leaves the list.

import { askJson } from "./api.js";
import { watchMenu } from "./menu.js";
import { tell } from "./notify.js";
import { t } from "./words.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-review]");
  if (!button) return;
  button.disabled = true;
  try {
    await askJson("POST", "/api/v1/stale/reviews", { kind: button.dataset.kind, id: button.dataset.review });
    const row = button.closest("li");
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (next?.querySelector("button") ?? document.getElementById("stale")).focus();
    tell(t("Kept: it is still right."));
  } catch (problem) {
    button.disabled = false;
    tell(problem.message, { seconds: 6 });
  }
});
watchMenu();
