// Single keys, never while typing and never with a modifier; they can be turned off.

import { recall, remember } from "./store.js";

export function watchKeys(actions) {
  const box = document.getElementById("keys-on");
  box.checked = recall("keys") !== "off";
  box.addEventListener("change", () => remember("keys", box.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (event.key === "Escape" && typing && !event.target.closest("dialog")) event.target.blur();
    if (typing || document.querySelector("dialog[open]")) return;
    const action = actions[event.key];
    if (!action || (!box.checked && event.key !== "?")) return;
    event.preventDefault();
    action();
  });
}
