// The customer's version under the agent's hand: what is corrected here is said so next time.

import { textOf } from "./letter.js";

export class Version {
  constructor(root) {
    this.letter = root.querySelector('[data-letter="customer"]');
    this.field = root.querySelector("#edit-customer");
    this.button = root.querySelector('[data-action="edit-customer"]');
    this.before = null; // what was offered, from the first correction on
    this.translated = false; // whether it is an edit's translation, which was never offered
  }

  // What was offered, with the values that were filled in.
  get offered() {
    return this.before ?? (this.letter ? textOf(this.letter) : "");
  }

  get open() {
    return Boolean(this.field) && !this.field.hidden;
  }

  // What stands there now; closing the field keeps it.
  get text() {
    return this.open ? this.field.value : textOf(this.letter);
  }

  get corrected() {
    return !this.translated && this.text !== this.offered;
  }

  toggle() {
    if (!this.field) return;
    const text = this.text;
    const opens = !this.open;
    if (opens) {
      this.before ??= text;
      this.field.value = text;
    }
    if (!opens && text !== textOf(this.letter)) this.letter.textContent = text;
    this.field.hidden = !opens;
    this.letter.hidden = opens;
    this.button.setAttribute("aria-pressed", String(opens));
    if (opens) this.field.focus();
    else this.button.focus();
  }

  // It is another text's translation from now on, of which nothing is learned.
  retranslated(text) {
    if (this.open) this.field.value = text;
    this.translated = true;
  }

  // What was offered and what became of it, where that differs.
  changes() {
    return this.corrected ? { text_before: this.offered, text_after: this.text } : {};
  }
}
