// What an agent does with the conversation itself: a note for colleagues, closing it, opening it again.

import { askJson } from "./api.js";
import { tell } from "./notify.js";
import { t } from "./words.js";

export class Notes {
  constructor(place, { current }) {
    Object.assign(this, { place, current });
    place.addEventListener("click", (event) => {
      const { action } = event.target.closest("button")?.dataset ?? {};
      if (action === "note") this.write();
      else if (action === "no-note") this.stop();
      else if (action === "settle") this.settle();
    });
    place.addEventListener("submit", (event) => {
      event.preventDefault();
      this.keep();
    });
    place.addEventListener("keydown", (event) => {
      if (event.target.id !== "note-text") return;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.keep();
    });
  }

  get form() {
    return this.place.querySelector("#note-form");
  }

  get path() {
    return `/api/v1/conversations/${encodeURIComponent(this.current())}`;
  }

  write() {
    if (!this.form) return;
    this.form.hidden = false;
    this.form.querySelector("textarea").focus();
  }

  stop() {
    this.form.hidden = true;
    this.place.querySelector('[data-action="note"]').focus();
  }

  async keep() {
    const field = this.form.querySelector("textarea");
    if (!field.value.trim()) return field.focus();
    await this.ask("POST", `${this.path}/messages`, { messages: [{ role: "note", text: field.value.trim() }] }, () => {
      field.value = "";
      this.stop();
      tell(t("The note is kept."));
    });
  }

  async settle() {
    const button = this.place.querySelector('[data-action="settle"]');
    if (!button) return;
    const { state } = button.dataset;
    await this.ask("PATCH", this.path, { state }, () => {
      this.settled(state);
      tell(state === "closed" ? t("Closed. A new message opens it again.") : t("Open again."));
    });
  }

  // The conversation is open or closed now, whoever did it.
  settled(state) {
    const button = this.place.querySelector('[data-action="settle"]');
    if (!button || button.dataset.state !== state) return;
    button.dataset.state = state === "closed" ? "open" : "closed";
    button.firstChild.data = (state === "closed" ? t("Open again") : t("Close")) + " ";
  }

  async ask(method, path, body, done) {
    try {
      await askJson(method, path, body);
      done();
    } catch (problem) {
      tell(problem.message, { seconds: 6 });
    }
  }
}
