// How a conversation is understood, put right by the agent: its category, its mood, what it names.

import { askJson } from "./api.js";
import { tell } from "./notify.js";

let categories;

// The whole list of categories, in every field to choose one; asked for once.
export async function offerCategories(root) {
  const select = root.querySelector('select[data-correct="category"]');
  if (!select) return;
  try {
    categories ??= (await askJson("GET", "/api/v1/categories")).items;
  } catch {
    return; // it is offered with the next suggestion
  }
  const known = new Set([...select.options].map((option) => option.value));
  select.append(...categories.filter((one) => !known.has(one)).map((one) => new Option(one.replaceAll(/[_-]/g, " "), one)));
}

// What the agent chose, as the change of a conversation; null where the element corrects nothing.
export function correctionOf(element) {
  const { correct, manner } = element.dataset;
  if (manner) return { [manner]: element.value || null };
  return correct ? { corrections: { [correct]: element.value || null } } : null;
}

export function chooseCategory(root) {
  const select = root?.querySelector('select[data-correct="category"]');
  if (!select) return;
  select.focus();
  try {
    select.showPicker();
  } catch {
    // it has the focus: the arrow keys choose
  }
}

// A fact's value becomes a field; what is written there holds from now on, nothing takes it back.
export function editSlot(button, change) {
  const field = document.createElement("input");
  Object.assign(field, { type: "text", value: button.dataset.value, className: "slot-field", maxLength: 200, dir: "auto" });
  field.setAttribute("aria-label", button.closest(".chip").querySelector("dt").textContent);
  const back = () => field.isConnected && field.replaceWith(button);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") back();
    if (event.key !== "Enter") return;
    event.preventDefault();
    const value = field.value.trim();
    if (value === button.dataset.value) back();
    else change({ slots: { [button.dataset.slot]: value || null } }).then(back);
  });
  field.addEventListener("blur", back);
  button.replaceWith(field);
  field.select();
}

const NAME = "found-fact"; // also the name of the highlight in desk.css

// Where the conversation says what was found is underlined in its messages.
export function underlineFacts(root) {
  if (!window.Highlight) return;
  const ranges = [...root.querySelectorAll("button.slot[data-message]")].map(rangeOf).filter(Boolean);
  CSS.highlights.set(NAME, new Highlight(...ranges));
}

function rangeOf({ dataset }) {
  const node = document.querySelector(`[data-number="${dataset.message}"] .said`)?.firstChild;
  if (node?.nodeType !== Node.TEXT_NODE || !dataset.text) return null;
  const at = node.data.indexOf(dataset.text);
  if (at < 0) return null;
  const range = document.createRange();
  range.setStart(node, at);
  range.setEnd(node, at + dataset.text.length);
  return range;
}

// Gives the conversation's revision, null where it could not be made.
export async function change(id, changes) {
  try {
    return (await askJson("PATCH", `/api/v1/conversations/${encodeURIComponent(id)}`, changes)).revision;
  } catch (problem) {
    tell(problem.message, { seconds: 6 });
    return null;
  }
}
