// What an agent has under their hands when another suggestion comes: nothing of it may get lost.

// Whether something is being written or decided that a new suggestion would sweep away.
export function busy({ root, editor, version }) {
  if (!root || "sent" in root.dataset) return false;
  if (editor.open || version.open || root.querySelector(".asked-here")) return true;
  if ([...root.querySelectorAll("input.gap")].some((gap) => gap.value.trim())) return true;
  if (root.querySelector("details.reject[open]")) return true;
  return root.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
}

// What is to be carried over, read from the suggestion that goes.
export function handsOf({ root, editor, version }) {
  const done = "sent" in root.dataset;
  const gaps = new Map([...root.querySelectorAll("input.gap")].map((gap) => [gap.dataset.gap, gap.value]));
  const pressed = [...root.querySelectorAll('[data-verdict][aria-pressed="true"]')].map(({ dataset }) => ({ ...dataset }));
  const focused = root.contains(document.activeElement) ? document.activeElement.id : "";
  return {
    gaps, pressed, focused,
    edit: editor.open && !done ? editor.field.value : null,
    correction: version.open && !done ? version.field.value : null,
  };
}

// Put into the suggestion that comes: values into gaps of the same name, an edit into the editor.
export function carry(hands, { root, editor, version }) {
  for (const gap of root.querySelectorAll("input.gap")) {
    gap.value = hands.gaps.get(gap.dataset.gap) ?? "";
    gap.classList.toggle("filled", gap.value.trim() !== "");
  }
  for (const { verdict, item, feedback } of hands.pressed) {
    const button = item === "draft" ? null : root.querySelector(`[data-verdict="${verdict}"][data-item="${CSS.escape(item)}"]`);
    if (!button) continue;
    button.setAttribute("aria-pressed", "true");
    if (feedback) button.dataset.feedback = feedback;
  }
  if (hands.correction !== null && version.field) {
    version.toggle();
    version.field.value = hands.correction;
  }
  if (hands.edit !== null) editor.start(hands.edit);
  else if (hands.focused) document.getElementById(hands.focused)?.focus({ preventScroll: true });
}
