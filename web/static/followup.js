// The message that follows a promise: asked of the server, shown in a window, copied.

import { askJson } from "./api.js";
import { tell } from "./notify.js";
import { t } from "./words.js";

const byId = (id) => document.getElementById(id);

export async function showFollowUp(promise) {
  try {
    const draft = await askJson("POST", `/api/v1/promises/${promise}/follow-up`);
    const field = byId("follow-up-text");
    field.value = draft.text;
    field.lang = draft.language;
    byId("follow-up").showModal();
    field.focus();
    field.setSelectionRange(0, 0);
    field.scrollTop = 0;
  } catch (problem) {
    tell(problem.message, { seconds: 6 });
  }
}

export function watchFollowUp() {
  byId("follow-up-copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(byId("follow-up-text").value);
      byId("follow-up").close();
      tell(t("The follow-up is copied."));
    } catch {
      tell(t("The browser doesn't let this page copy. Select the text and copy it yourself."), { seconds: 6 });
    }
  });
}

// Says what became of a promise; null where that was not kept.
export async function settle(promise, state) {
  try {
    return await askJson("PATCH", `/api/v1/promises/${promise}`, { state });
  } catch (problem) {
    tell(t("That was not kept. %(why)s", { why: problem.message }), { seconds: 6 });
    return null;
  }
}
