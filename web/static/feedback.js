// What the agent did with a suggestion goes to the server; a button shows that it was noted.

import { askJson } from "./api.js";
import { tell } from "./notify.js";
import { t } from "./words.js";

const busy = new WeakSet();

// The number under which it is kept, or null where it was not.
export async function give(suggestion, verdict, details = {}) {
  const body = { suggestion_id: suggestion.id, conversation_id: suggestion.conversation, verdict, ...details };
  try {
    return (await askJson("POST", "/api/v1/feedback", body)).id;
  } catch (problem) {
    tell(t("Your feedback was not kept. %(why)s", { why: problem.message }), { seconds: 6 });
    return null;
  }
}

export async function takeBack(id) {
  try {
    await askJson("DELETE", `/api/v1/feedback/${id}`);
    return true;
  } catch (problem) {
    tell(t("Your feedback was not taken back. %(why)s", { why: problem.message }), { seconds: 6 });
    return false;
  }
}

// Pressed again, a button takes its verdict back; another verdict on the same item replaces it.
export async function press(button, suggestion, details) {
  const group = button.parentElement;
  if (busy.has(group)) return;
  busy.add(group);
  try {
    const { verdict, item } = button.dataset;
    const pressed = [...group.querySelectorAll('[aria-pressed="true"][data-verdict]')].filter(
      (other) => other.dataset.item === item,
    );
    const again = pressed.includes(button);
    if (!again) {
      const id = await give(suggestion, verdict, { item, ...details });
      if (id === null) return;
      button.dataset.feedback = id;
      button.setAttribute("aria-pressed", "true");
    }
    for (const other of pressed) {
      if (!(await takeBack(other.dataset.feedback))) return;
      other.setAttribute("aria-pressed", "false");
    }
    tell(again ? t("Taken back.") : t("Noted, thank you."));
  } finally {
    busy.delete(group);
  }
}
