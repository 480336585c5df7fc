// Puts a question to the customer into the reply, before its last paragraph, and takes it out again.

import { t } from "./words.js";

export function putAsk(button, { root, editor }) {
  const ask = button.closest(".ask");
  const wanted = button.getAttribute("aria-pressed") !== "true";
  for (const asked of ask.querySelectorAll("[data-ask]")) {
    const whose = asked.dataset.ask;
    const letter = root.querySelector(`[data-letter="${whose}"]`);
    if (!letter) continue;
    if (wanted) insert(letter, asked.textContent);
    else takeOut(letter, asked.textContent);
    if (whose === "agent" && editor.open) rewrite(editor.field, asked.textContent, wanted);
  }
  button.setAttribute("aria-pressed", String(wanted));
  button.textContent = wanted ? t("Take it out again") : t("Put it into the reply");
  return wanted;
}

function insert(letter, text) {
  const part = document.createElement("span");
  part.className = "from asked-here";
  part.dataset.label = t("Question to the customer");
  part.textContent = `${text}\n\n`;
  const [node, at] = lastBreak(letter);
  if (node) node.splitText(at).before(part);
  else letter.append(part);
}

function takeOut(letter, text) {
  for (const part of letter.querySelectorAll(".asked-here")) {
    if (part.textContent === `${text}\n\n`) part.remove();
  }
  letter.normalize();
}

// Where the last paragraph, the closing, begins: the text node and the place in it.
function lastBreak(letter) {
  const walker = document.createTreeWalker(letter, NodeFilter.SHOW_TEXT);
  let found = [null, 0];
  while (walker.nextNode()) {
    const at = walker.currentNode.data.lastIndexOf("\n\n");
    if (at >= 0) found = [walker.currentNode, at + 2];
  }
  return found;
}

function rewrite(field, text, wanted) {
  const value = field.value;
  const at = value.lastIndexOf("\n\n");
  const before = at < 0 ? `${value}\n\n` : value.slice(0, at + 2);
  const after = at < 0 ? "" : value.slice(at + 2);
  field.value = wanted ? `${before}${text}\n\n${after}` : value.replace(`${text}\n\n`, "");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
