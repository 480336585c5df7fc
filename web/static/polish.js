// Polishing: the server rewords the draft and proves the result; here is what changed, and the way back.

import { aboutOf, askJson } from "./api.js";
import { tell } from "./notify.js";
import { t } from "./words.js";

const KINDS = { out: "del", in: "ins" };

// `current` gives the agent's text; what they changed while the model was at work is never overwritten.
export async function polish(button, { root, editor, conversation, id, current }) {
  const text = current();
  const done = waiting(button);
  try {
    const language = root.querySelector('[data-letter="agent"]').lang;
    const body = { text, ...aboutOf(conversation), suggestion_id: id, language };
    const answer = await askJson("POST", "/api/v1/polish", body);
    if (!root.isConnected) return;
    if (current() !== text) tell(t("You changed the draft meanwhile, so the new wording is not used."), { seconds: 6 });
    else if (!answer.polished) tell(answer.explanation, { seconds: 6 });
    else show(root, editor, answer);
  } catch (problem) {
    tell(problem.message, { seconds: 6 });
  } finally {
    done();
  }
}

function waiting(button) {
  const words = button.textContent;
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  button.textContent = t("Polishing…");
  tell(t("Polishing the wording…"), { seen: false });
  return () => {
    button.disabled = false;
    button.removeAttribute("aria-busy");
    button.textContent = words;
  };
}

function show(root, editor, { text, difference }) {
  editor.start(text);
  editor.changed();
  const place = root.querySelector("#difference");
  place.querySelector(".said").replaceChildren(...difference.map(stretch));
  place.open = true;
  place.hidden = false;
  tell(t("Polished: every value and gap is as it was. Read it before you send it."), { seconds: 6 });
}

function stretch({ kind, text }, at, all) {
  if (kind === "same") return around(text, at > 0, at < all.length - 1);
  const marked = document.createElement(KINDS[kind]);
  marked.textContent = text;
  return marked;
}

// Of what both have, only the paragraphs that a change stands in are shown.
function around(text, changedBefore, changedAfter) {
  const paragraphs = text.split("\n\n");
  const [first, last] = [paragraphs[0], paragraphs.at(-1)];
  if (paragraphs.length === 1) return text;
  return [changedBefore ? first : "", changedAfter ? last : ""].filter(Boolean).join("\n\n");
}
