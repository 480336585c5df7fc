// A letter is text with fields for what isn't known: reading it, and filling its gaps.

import { tn } from "./words.js";

export function textOf(letter) {
  let text = "";
  for (const node of letter.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) text += node.data;
    else if (node.matches("input.gap")) text += node.value.trim() || `[${node.placeholder}]`;
    else text += textOf(node);
  }
  return text;
}

// Typing fills every gap of the same name, in the customer's version too.
export function fillAlike(root, input) {
  const { gap } = input.dataset;
  for (const other of root.querySelectorAll("input.gap")) {
    if (other.dataset.gap !== gap) continue;
    if (other !== input) other.value = input.value;
    other.classList.toggle("filled", input.value.trim() !== "");
  }
}

export function openGaps(root) {
  return [...root.querySelectorAll("input.gap")].filter((input) => input.value.trim() === "");
}

export function showOpenGaps(root) {
  const place = root.querySelector("#open-gaps");
  const letter = root.querySelector('[data-letter="agent"]');
  if (!place || !letter) return;
  const names = new Set(openGaps(letter).map((input) => input.dataset.gap));
  place.textContent = names.size ? tn("%(num)s to fill in", "%(num)s to fill in", names.size) : "";
}
