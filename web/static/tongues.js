// The languages of a conversation under the agent's hand: chosen, translation paused, languages that the agent reads.

import { languagesRead, remember } from "./store.js";
import { language, t } from "./words.js";

const names = new Intl.DisplayNames([language], { type: "language" });
const base = (language) => language.split("-")[0].toLowerCase();

export class Tongues {
  // `change` is given the language that the agent chose, as the change of the conversation.
  constructor(place, { talk, change }) {
    Object.assign(this, { place, talk, change, language: null, detected: null });
    this.paused = new Set(); // conversations, by id, for as long as the page lives
    place.addEventListener("change", (event) => event.target.id === "tongue" && this.choose(event.target.value));
    place.addEventListener("click", (event) => {
      const { tongue } = event.target.closest("button")?.dataset ?? {};
      if (tongue) this[tongue]();
    });
  }

  // A suggestion has arrived: the customer's language is known, or isn't.
  arrived(language, conversation) {
    Object.assign(this, { language, conversation });
    const bar = this.place.querySelector("#tongues");
    if (!bar) return;
    if (!conversation.language) this.detected = language;
    const foreign = language && base(language) !== base(this.talk.agentLanguage);
    bar.hidden = !foreign && !conversation.language && language !== null;
    this.fill(bar.querySelector("#tongue"));
    for (const button of bar.querySelectorAll("[data-tongue]")) button.hidden = !foreign;
    bar.querySelector('[data-tongue="skip"]').textContent = foreign ? t("I read %(language)s", { language: names.of(base(language)) }) : "";
    this.show();
  }

  fill(select) {
    const codes = document.body.dataset.languages.split(",");
    const seen = this.detected ? names.of(this.detected) : t("not told");
    const options = codes.map((code) => new Option(names.of(code), code));
    select.replaceChildren(new Option(t("%(language)s (detected)", { language: seen }), ""), ...options);
    select.value = this.conversation.language ?? "";
  }

  show() {
    const bar = this.place.querySelector("#tongues");
    const [reads, paused] = [this.reads, this.paused.has(this.conversation.id)];
    bar.querySelector('[data-tongue="skip"]').setAttribute("aria-pressed", String(reads));
    bar.querySelector('[data-tongue="pause"]').setAttribute("aria-pressed", String(paused));
    bar.querySelector('[data-tongue="pause"]').hidden ||= reads;
    bar.querySelector('[data-tongue="original"]').hidden ||= reads || paused;
    this.talk.translates = !reads && !paused;
    this.talk.understood(this.language);
  }

  get reads() {
    return Boolean(this.language) && languagesRead().includes(base(this.language));
  }

  choose(language) {
    this.talk.plain();
    this.change({ language: language || null });
  }

  skip() {
    const kept = new Set(languagesRead());
    if (!kept.delete(base(this.language))) kept.add(base(this.language));
    remember("reads", [...kept].join(","));
    this.again();
  }

  pause() {
    if (!this.paused.delete(this.conversation.id)) this.paused.add(this.conversation.id);
    this.again();
  }

  again() {
    this.talk.plain();
    for (const button of this.place.querySelectorAll("#tongues [data-tongue]")) button.hidden = false;
    this.show();
  }

  // The originals alone, and back.
  original() {
    const button = this.place.querySelector('[data-tongue="original"]');
    if (!button || button.hidden || this.place.querySelector("#tongues").hidden) return;
    button.setAttribute("aria-pressed", String(this.place.querySelector("#messages").classList.toggle("originals")));
  }
}
