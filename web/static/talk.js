// The conversation's column: opening one, what arrives in it, and the translation beside what the customer wrote.

import { askFragment, askJson } from "./api.js";
import { tell } from "./notify.js";
import { t, tn } from "./words.js";

const MOST_TRANSLATED = 12; // the newest messages; older ones are context that an agent rarely reads

export class Talk {
  constructor(place, agentLanguage) {
    this.place = place;
    this.agentLanguage = agentLanguage;
    this.translates = true; // unless the agent paused it, or reads the language
    this.language = null;
    place.addEventListener("click", (event) => {
      if (event.target.closest('[data-action="earlier"]')) this.earlier(event.target.closest("button"));
      if (event.target.closest("#newest")) this.toNewest();
    });
    place.addEventListener("scroll", () => this.atEnd && this.allSeen(), { capture: true, passive: true });
  }

  // The conversation that the server rendered into the page, or null.
  current() {
    const data = this.place.querySelector("#conversation-data");
    return data ? { conversation: JSON.parse(data.textContent), title: data.dataset.title } : null;
  }

  get messages() {
    return this.place.querySelector("#messages");
  }

  // How many messages of the conversation have arrived on this page.
  get seen() {
    return Number(this.messages?.dataset.seen ?? 0);
  }

  get atEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.messages;
    return scrollHeight - scrollTop - clientHeight < 24;
  }

  // What has arrived since is put below; only a reader who is at the end is taken along. Gives the roles.
  async more(id) {
    this.behind = true;
    if (this.loading) return [];
    this.loading = true;
    const roles = [];
    try {
      while (this.behind) {
        this.behind = false;
        roles.push(...(await this.load(id)));
      }
    } finally {
      this.loading = false;
    }
    return roles;
  }

  async load(id) {
    const { messages } = this;
    const path = `/fragments/conversations/${encodeURIComponent(id)}/messages?after=${this.seen}`;
    const fresh = [...(await askFragment("GET", path)).querySelectorAll(".message")];
    if (!messages.isConnected) return [];
    const follows = this.atEnd;
    messages.append(...fresh);
    messages.dataset.seen = this.seen + fresh.length;
    if (follows) this.toNewest();
    else if (fresh.length) this.tellUnseen(fresh);
    if (this.language) this.understood(this.language);
    return fresh.map((message) => message.dataset.role);
  }

  tellUnseen(fresh) {
    const button = this.place.querySelector("#newest");
    const count = Number(button.dataset.count ?? 0) + fresh.length;
    button.dataset.count = count;
    button.textContent = tn("%(num)s new message", "%(num)s new messages", count) + " ↓";
    button.hidden = false;
  }

  allSeen() {
    const button = this.place.querySelector("#newest");
    if (!button || button.hidden) return;
    button.hidden = true;
    button.dataset.count = 0;
  }

  async earlier(button) {
    const { messages } = this;
    const id = this.current().conversation.id;
    const path = `/fragments/conversations/${encodeURIComponent(id)}/messages?before=${button.dataset.before}`;
    button.disabled = true;
    try {
      const fresh = [...(await askFragment("GET", path)).querySelectorAll(".message")];
      const left = Number(fresh[0].dataset.number);
      const below = messages.scrollHeight - messages.scrollTop;
      button.parentElement.after(...fresh);
      button.dataset.before = left;
      button.querySelector("span").textContent = left;
      if (left === 0) button.parentElement.remove();
      messages.scrollTop = messages.scrollHeight - below;
      if (left === 0) messages.focus({ preventScroll: true });
    } catch (problem) {
      tell(problem.message, { seconds: 6 });
    }
    button.disabled = false;
  }

  async open(path, body) {
    this.running?.abort();
    const running = (this.running = new AbortController());
    const fragment = await askFragment(body ? "POST" : "GET", path, body, running.signal);
    this.place.replaceChildren(fragment);
    this.language = null;
    this.toNewest();
    return this.current();
  }

  toNewest() {
    const { messages } = this;
    if (messages) messages.scrollTop = messages.scrollHeight;
    this.allSeen();
  }

  // Says in which language the customer writes, and shows translations where a translator is configured.
  async understood(language) {
    const said = [...this.place.querySelectorAll('[data-role="customer"] .said')];
    this.language = language;
    if (!language) return;
    for (const text of said) text.lang = language;
    if (!this.translates || base(language) === base(this.agentLanguage)) return;
    const [place, follows] = [this.messages, this.atEnd];
    for (const text of said.slice(-MOST_TRANSLATED).reverse()) {
      if (text.closest(".both")) continue;
      if (!this.translates || !text.isConnected || !(await this.translate(text, language))) return;
      if (text.isConnected && follows) place.scrollTop = place.scrollHeight;
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
      if (problem.name !== "AbortError" && text.isConnected) this.note(t("Shown in the original only: %(why)s", { why: problem.message }));
      return false;
    }
  }

  note(words) {
    const { messages } = this;
    if (messages.querySelector(".talk-note")) return;
    const note = document.createElement("li");
    note.className = "talk-note";
    note.textContent = words;
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
  const told = translation.provider === "memory" ? t("In words that a colleague approved") : t("Translated by %(who)s", { who: translation.provider });
  by.textContent = doubts.length
    ? `${told}. ` + t("Compare it with the original: %(doubts)s.", { doubts: doubts.join(", ") })
    : told;
  translated.append(by);
  text.replaceWith(both);
  both.append(text, translated);
}

function base(language) {
  return language.split("-")[0].toLowerCase();
}
