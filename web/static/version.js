// The customer's version under the agent's hand: what is corrected here is said so next time.

import { textOf } from "./letter.js";

export class Version {
  constructor(root) {
    this.letter = root.querySelector('[data-letter="customer"]');
    this.field = root.querySelector("#edit-customer");
    this.button = root.querySelector('[data-action="edit-customer"]');
    this.first = this.letter ? textOf(this.letter) : "";
  }

  get open() {
    return Boolean(this.field) && !this.field.hidden;
  }

  // What stands there now; closing the field keeps it.
  get text() {
    return this.open ? this.field.value : textOf(this.letter);
  }

  get corrected() {
    return this.first !== null && this.text !== this.first;
  }

  toggle() {
    if (!this.field) return;
    const text = this.text;
    const opens = !this.open;
    if (opens) this.field.value = text;
    else if (text !== textOf(this.letter)) this.letter.textContent = text;
    this.field.hidden = !opens;
    this.letter.hidden = opens;
    this.button.setAttribute("aria-pressed", String(opens));
    if (opens) this.field.focus();
    else this.button.focus();
  }

  // It is another text's translation from now on, of which nothing is learned.
  retranslated(text) {
    if (this.open) this.field.value = text;
    this.first = null;
  }

  // What was offered and what became of it, where that differs.
  changes() {
    const after = this.text;
    return this.first === null || after === this.first ? {} : { text_before: this.first, text_after: after };
  }
}
