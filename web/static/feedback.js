// What the agent did with a suggestion goes to the server; a button shows that it was noted.

import { askJson } from "./api.js";
import { tell } from "./notify.js";

export async function give(suggestion, verdict, details = {}) {
  const body = { suggestion_id: suggestion.id, conversation_id: suggestion.conversation, verdict, ...details };
  try {
    await askJson("POST", "/api/v1/feedback", body);
    return true;
  } catch (problem) {
    tell(`Your feedback was not kept. ${problem.message}`, { seconds: 6 });
    return false;
  }
}

export async function press(button, suggestion, details) {
  const { verdict, item } = button.dataset;
  if (button.getAttribute("aria-pressed") === "true") return;
  if (!(await give(suggestion, verdict, { item, ...details }))) return;
  for (const other of button.parentElement.querySelectorAll("[data-verdict]")) {
    if (other.dataset.item === item) other.setAttribute("aria-pressed", String(other === button));
  }
  tell("Noted, thank you.");
}
