// The conversation's column: opening one, and the customer's messages with their translation beside.

import { askFragment, askJson } from "./api.js";

const MOST_TRANSLATED = 12; // the newest messages; older ones are context that an agent rarely reads

export class Talk {
  constructor(place, agentLanguage) {
    this.place = place;
    this.agentLanguage = agentLanguage;
    this.translates = true; // unless the agent paused it, or reads the language
  }

  // The conversation that the server rendered into the page, or null.
  current() {
    const data = this.place.querySelector("#conversation-data");
    return data ? { conversation: JSON.parse(data.textContent), title: data.dataset.title } : null;
  }

  async open(path, body) {
    this.running?.abort();
    const running = (this.running = new AbortController());
    const fragment = await askFragment(body ? "POST" : "GET", path, body, running.signal);
    this.place.replaceChildren(fragment);
    this.toNewest();
    return this.current();
  }

  toNewest() {
    const messages = this.place.querySelector("#messages");
    if (messages) messages.scrollTop = messages.scrollHeight;
  }

  // Says in which language the customer writes, and shows translations where a translator is configured.
  async understood(language) {
    const said = [...this.place.querySelectorAll('[data-role="customer"] .said')];
    if (!language) return;
    for (const text of said) text.lang = language;
    if (!this.translates || base(language) === base(this.agentLanguage)) return;
    const place = this.place.querySelector("#messages");
    for (const text of said.slice(-MOST_TRANSLATED).reverse()) {
      if (text.closest(".both")) continue;
      if (!this.translates || !text.isConnected || !(await this.translate(text, language))) return;
      if (text.isConnected) place.scrollTop = place.scrollHeight;
    }
  }

  // The messages without translations and notes, as they came.
  plain() {
    for (const both of this.place.querySelectorAll(".both")) both.replaceWith(both.firstElementChild);
    for (const note of this.place.querySelectorAll(".talk-note")) note.remove();
  }

  async translate(text, language) {
    const body = { text: text.textContent, target: this.agentLanguage, source: language };
    if (!body.text.trim()) return true;
    try {
      const translation = await askJson("POST", "/api/v1/translations", body, this.running?.signal);
      if (text.isConnected) beside(text, translation);
      return true;
    } catch (problem) {
      if (problem.name !== "AbortError" && text.isConnected) this.note(`Shown in the original only: ${problem.message}`);
      return false;
    }
  }

  note(words) {
    const note = document.createElement("li");
    note.className = "talk-note";
    note.textContent = words;
    const messages = this.place.querySelector("#messages");
    messages.append(note);
    messages.scrollTop = messages.scrollHeight;
  }
}

function beside(text, translation) {
  const both = document.createElement("div");
  both.className = "both";
  const translated = document.createElement("div");
  translated.className = "said translated";
  translated.lang = translation.target;
  translated.dir = "auto";
  translated.textContent = translation.text;
  const by = document.createElement("small");
  by.className = "by";
  const doubts = translation.flags.filter((flag) => !flag.includes(":")).map((flag) => flag.replaceAll("_", " "));
  const told = translation.provider === "memory" ? "In words that a colleague approved" : `Translated by ${translation.provider}`;
  by.textContent = doubts.length ? `${told}. Compare it with the original: ${doubts.join(", ")}.` : told;
  translated.append(by);
  text.replaceWith(both);
  both.append(text, translated);
}

function base(language) {
  return language.split("-")[0].toLowerCase();
}
