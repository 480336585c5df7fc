// The suggestion's column: asking for it, waiting, failing, and all that an agent does with it.

import { translateAbroad } from "./abroad.js";
import { askFragment, askJson } from "./api.js";
import { putAsk } from "./ask.js";
import { pressPromise, watchCountdown } from "./commitments.js";
import { Editor } from "./editor.js";
import { give, press, takeBack } from "./feedback.js";
import { logGrant, nameGiver, summaryOf } from "./grants.js";
import { fillAlike, openGaps, showOpenGaps, textOf } from "./letter.js";
import { tell } from "./notify.js";
import { polish } from "./polish.js";
import { watchProvenance } from "./provenance.js";
import { languagesRead } from "./store.js";
import { Version } from "./version.js";

export class Help {
  constructor(place, { arrived }) {
    this.place = place;
    this.arrived = arrived;
    this.conversation = null;
    watchProvenance(place);
    place.addEventListener("click", (event) => this.clicked(event));
    place.addEventListener("input", (event) => this.typed(event));
    place.addEventListener("change", (event) => this.chose(event));
    place.addEventListener("submit", (event) => this.submitted(event));
  }

  async ask(conversation) {
    this.conversation = conversation;
    this.running?.abort();
    const running = (this.running = new AbortController());
    this.place.setAttribute("aria-busy", "true");
    this.place.replaceChildren(copyOf("loading"));
    this.place.scrollTop = 0;
    try {
      const fragment = await askFragment("POST", "/fragments/suggestions", conversation, running.signal);
      this.show(fragment);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.fail(problem);
    }
    this.place.removeAttribute("aria-busy");
  }

  show(fragment) {
    this.place.replaceChildren(fragment);
    this.root = this.place.querySelector(".suggestion");
    this.suggestion = { id: this.root.dataset.id, conversation: this.conversation.id ?? null };
    this.editor = new Editor(this.root, { conversation: this.conversation, id: this.suggestion.id });
    this.version = new Version(this.root);
    showOpenGaps(this.root);
    watchCountdown(this.root);
    nameGiver(this.root);
    tell(this.root.dataset.summary, { seen: false });
    this.arrived(this.root.dataset.language || null);
    const { agentLanguage } = document.body.dataset;
    translateAbroad(this.root, { agentLanguage, reads: languagesRead(), signal: this.running.signal });
  }

  fail(problem) {
    const notice = copyOf("failed");
    notice.querySelector("[data-detail]").textContent = problem.message;
    this.place.replaceChildren(notice);
    this.root = this.suggestion = this.editor = this.version = null;
  }

  letter(whose) {
    return this.root?.querySelector(`[data-letter="${whose}"]`) ?? null;
  }

  text(whose) {
    if (whose === "customer") return this.version.text;
    return this.editor?.open ? this.editor.field.value : textOf(this.letter(whose));
  }

  clicked(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const { action, verdict } = button.dataset;
    if (action === "retry") this.ask(this.conversation);
    else if (action === "copy-agent") this.copy("agent");
    else if (action === "copy-customer") this.copy("customer");
    else if (action === "copy-resolution") this.copyResolution(button);
    else if (action === "put-ask") this.putAsk(button);
    else if (action === "copy-summary") this.copySummary();
    else if (action === "edit") this.edit();
    else if (action === "edit-customer") this.version.toggle();
    else if (action === "reset") this.reset();
    else if (action === "take-back") this.unreject(button);
    else if (action === "polish") this.polish(button);
    else if (action === "translate-edit") this.translateEdit(button);
    else if (button.dataset.promised) pressPromise(button);
    else if (verdict) press(button, this.suggestion, this.changes(button.dataset.item, verdict));
  }

  typed(event) {
    if (!event.target.matches("input.gap")) return;
    fillAlike(this.root, event.target);
    showOpenGaps(this.root);
  }

  // The tone or the length that the agent wants, for this conversation from now on.
  async chose(event) {
    const { manner } = event.target.dataset;
    if (!manner) return;
    await this.ask({ ...this.conversation, [manner]: event.target.value || null });
    this.place.querySelector(`[data-manner="${manner}"]`)?.focus();
  }

  submitted(event) {
    event.preventDefault();
    if (event.target.matches(".reject-form")) this.reject(event.target);
    if (event.target.matches("#search")) this.search(event.target);
    if (event.target.matches(".grant-form")) logGrant(event.target, this.suggestion);
  }

  // What the draft was and what became of it, where that differs; what was sent always, with its values filled.
  changes(item, verdict) {
    const letter = this.letter("agent");
    // With an edit of the agent's own beside it, a correction says another thing than the draft did.
    if (item === "customer_draft") return this.editor.open ? {} : this.version.changes();
    if (item !== "draft" || !letter) return {};
    const [before, after] = [textOf(letter), this.text("agent")];
    if (before !== after) return { text_before: before, text_after: after };
    return ["used", "edited"].includes(verdict) ? { text_after: after } : {};
  }

  async copy(whose) {
    const letter = this.letter(whose);
    if (!letter) return;
    const open = whose === "agent" && this.editor.open ? [] : openGaps(letter);
    if (!(await toClipboard(this.text(whose)))) return;
    const which = whose === "agent" ? "Your version" : "The customer's version";
    const names = [...new Set(open.map((input) => input.placeholder))].join(", ");
    tell(open.length ? `${which} is copied. Still to be filled in: ${names}.` : `${which} is copied.`, {
      seconds: open.length ? 6 : 3,
    });
    const item = whose === "agent" ? "draft" : "customer_draft";
    give(this.suggestion, "copied", { item, ...this.changes(item) });
  }

  async copyResolution(button) {
    if (!(await toClipboard(button.closest(".card").querySelector(".resolution").textContent))) return;
    tell("The resolution is copied.");
    give(this.suggestion, "copied", { item: button.dataset.item });
  }

  async copySummary() {
    if (await toClipboard(summaryOf(this.root))) tell("The summary is copied.");
  }

  edit() {
    if (!this.editor?.box) return;
    if (this.editor.open) this.editor.field.focus();
    else this.editor.start(this.text("agent"));
  }

  putAsk(button) {
    const put = putAsk(button, { root: this.root, editor: this.editor });
    tell(put ? "It stands before the closing of the reply." : "It is taken out of the reply.");
  }

  reset() {
    this.editor.stop();
    showOpenGaps(this.root);
    this.root.querySelector('[data-action="edit"]').focus();
  }

  polish(button) {
    const { root, editor, conversation } = this;
    polish(button, { root, editor, conversation, id: this.suggestion.id, current: () => this.text("agent") });
  }

  nextGap() {
    const letter = this.letter("agent");
    if (!letter || letter.hidden) return;
    const open = openGaps(letter);
    if (open.length) open[0].focus();
    else tell("Nothing is left to fill in.");
  }

  async translateEdit(button) {
    const letter = this.letter("customer");
    const body = { text: this.text("agent"), target: letter.lang, source: this.letter("agent").lang };
    button.disabled = true;
    try {
      const { text, provider } = await askJson("POST", "/api/v1/translations", body);
      letter.textContent = text;
      this.version.retranslated(text);
      this.root.querySelector(".origin-note").textContent = `Your version, translated by ${provider}. Read it back before you send it.`;
      this.root.querySelector("#stale").hidden = true;
      tell("Translated. Read it back before you send it.");
    } catch (problem) {
      tell(problem.message, { seconds: 6 });
    }
    button.disabled = false;
  }

  async reject(form) {
    const reason = [form.reason.value, form.more.value.trim()].filter(Boolean).join(": ");
    const id = await give(this.suggestion, "rejected", { item: "draft", reason, ...this.changes("draft") });
    if (id === null) return;
    const [details, undo] = [form.closest("details"), this.root.querySelector('[data-action="take-back"]')];
    details.open = false;
    details.hidden = true;
    undo.dataset.feedback = id;
    undo.hidden = false;
    undo.focus();
    tell("Noted, thank you.");
  }

  async unreject(button) {
    if (!(await takeBack(button.dataset.feedback))) return;
    const details = this.root.querySelector(".reject");
    button.hidden = true;
    details.hidden = false;
    details.querySelector("summary").focus();
    tell("Taken back.");
  }

  async search(form) {
    const text = form.querySelector("input").value.trim();
    const found = this.root.querySelector("#found");
    if (!text) return;
    try {
      const { results } = await askJson("POST", "/api/v1/search", { text, limit: 5 });
      found.replaceChildren(...(results.length ? results.map(hit) : [line("Nothing found.")]));
    } catch (problem) {
      found.replaceChildren(line(problem.message));
    }
  }
}

function hit(result) {
  const item = line(result.text);
  const head = document.createElement("b");
  head.textContent = [result.title, result.section].filter(Boolean).join(" › ");
  item.prepend(head);
  return item;
}

function line(words) {
  const item = document.createElement("li");
  item.append(words);
  return item;
}

function copyOf(id) {
  return document.getElementById(id).content.cloneNode(true);
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    tell("The browser doesn't let this page copy. Select the text and copy it yourself.", { seconds: 6 });
    return false;
  }
}
