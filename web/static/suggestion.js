// The suggestion's column: asking for it, waiting, failing, and all that an agent does with it.

import { translateAbroad } from "./abroad.js";
import { askFragment, askJson } from "./api.js";
import { putAsk } from "./ask.js";
import { busy, carry, handsOf } from "./carry.js";
import { pressPromise, watchCountdown } from "./commitments.js";
import { change, correctionOf, editSlot, offerCategories, underlineFacts } from "./corrections.js";
import { Editor } from "./editor.js";
import { give, press, takeBack } from "./feedback.js";
import { logGrant, nameGiver, summaryOf } from "./grants.js";
import { fillAlike, openGaps, showOpenGaps, textOf } from "./letter.js";
import { tell } from "./notify.js";
import { polish } from "./polish.js";
import { watchProvenance } from "./provenance.js";
import { languagesRead } from "./store.js";
import { Version } from "./version.js";
import { t } from "./words.js";

export class Help {
  constructor(place, { arrived, send = () => {} }) {
    this.place = place;
    this.arrived = arrived;
    this.send = send;
    this.slot = place.querySelector("[data-suggestion]") ?? place;
    this.conversation = this.root = this.pending = null;
    watchProvenance(place);
    place.addEventListener("click", (event) => this.clicked(event));
    place.addEventListener("input", (event) => this.typed(event));
    place.addEventListener("change", (event) => this.chose(event));
    place.addEventListener("submit", (event) => this.submitted(event));
  }

  // Another conversation: its suggestion, with a place kept for it until it comes.
  async ask(conversation) {
    this.conversation = conversation;
    this.root = this.pending = null;
    this.own = false;
    this.tellNews("");
    this.slot.replaceChildren(copyOf("loading"));
    this.place.scrollTop = 0;
    await this.load(null, (fragment) => this.show(fragment), (problem) => this.fail(problem));
  }

  // The same conversation has gone on, or (`own`) was put right here. What would only repeat the suggestion is
  // not shown; what comes while the agent is at work waits until they want it.
  async again({ own = false } = {}) {
    if (!this.conversation) return;
    if (!this.root) return this.ask(this.conversation);
    this.own ||= own; // what was put right here is shown at once, even if it is asked for again meanwhile
    const seen = this.pending?.querySelector(".suggestion").dataset.digest ?? this.root.dataset.digest;
    const arrived = (fragment) => {
      if (fragment === null) this.arrived(this.root.dataset.language || null);
      else if (!this.own && busy(this)) this.hold(fragment);
      else this.replace(fragment);
      this.own = false;
    };
    await this.load(seen, arrived, (problem) => {
      this.missed = true;
      tell(t("The suggestion is not up to date. %(why)s", { why: problem.message }), { seconds: 6 });
    });
  }

  async load(seen, arrived, failed) {
    this.running?.abort();
    const running = (this.running = new AbortController());
    this.place.setAttribute("aria-busy", "true");
    this.missed = false;
    try {
      arrived(await fetchSuggestion(this.conversation, seen, running.signal));
    } catch (problem) {
      if (problem.name === "AbortError") return;
      failed(problem);
    }
    if (this.running === running) this.place.removeAttribute("aria-busy");
  }

  hold(fragment) {
    this.pending = fragment;
    this.tellNews(t("The conversation has gone on: another suggestion is ready."), { show: true });
  }

  showPending() {
    if (this.pending) this.replace(this.pending);
  }

  // One suggestion takes the place of another, and nothing that the agent has under their hands gets lost.
  replace(fragment) {
    const [hands, top] = [handsOf(this), this.place.scrollTop];
    this.pending = null;
    this.tellNews("");
    this.show(fragment);
    carry(hands, this);
    showOpenGaps(this.root);
    this.place.scrollTop = top;
  }

  tellNews(words, { show = false } = {}) {
    const bar = this.place.querySelector("#news");
    if (!bar) return;
    bar.hidden = !words;
    bar.querySelector("p").textContent = words;
    bar.querySelector("button").hidden = !show;
  }

  // Somebody else has replied.
  answered() {
    this.tellNews(t("A reply was sent from elsewhere. Read it before you send yours."), { show: Boolean(this.pending) });
  }

  // The reply is out: what was written for it is done with.
  sent() {
    if (!this.root) return;
    this.root.dataset.sent = "";
    const button = this.root.querySelector('[data-action="send"]');
    button.textContent = t("Sent");
    button.disabled = true;
  }

  // What the agent put right holds for this conversation from now on.
  async change(changes) {
    const { conversation } = this;
    if (conversation.messages) return this.ask({ ...conversation, ...changes });
    this.changing = true;
    const revision = await change(conversation.id, changes);
    this.changing = false;
    if (revision === null || this.conversation !== conversation) return;
    Object.assign(conversation, changes, { revision });
    await this.again({ own: true });
  }

  show(fragment) {
    this.slot.replaceChildren(fragment);
    this.root = this.place.querySelector(".suggestion");
    this.suggestion = { id: this.root.dataset.id, conversation: this.conversation.id ?? null };
    this.editor = new Editor(this.root, { conversation: this.conversation, id: this.suggestion.id });
    this.version = new Version(this.root);
    showOpenGaps(this.root);
    watchCountdown(this.root);
    nameGiver(this.root);
    offerCategories(this.root);
    underlineFacts(this.root);
    tell(this.root.dataset.summary, { seen: false });
    this.arrived(this.root.dataset.language || null);
    const { agentLanguage } = document.body.dataset;
    translateAbroad(this.root, { agentLanguage, reads: languagesRead(), signal: this.running.signal });
  }

  fail(problem) {
    const notice = copyOf("failed");
    notice.querySelector("[data-detail]").textContent = problem.message;
    this.slot.replaceChildren(notice);
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
    else if (action === "send") this.send();
    else if (action === "show-pending") this.showPending();
    else if (action === "nearest") this.nearest();
    else if (button.dataset.slot) editSlot(button, (changes) => this.change(changes));
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

  // The tone, the length, the category, the mood: for this conversation from now on.
  async chose(event) {
    const changes = correctionOf(event.target);
    if (!changes) return;
    const { id } = event.target;
    await this.change(changes);
    document.getElementById(id)?.focus({ preventScroll: true });
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
    const which = whose === "agent" ? t("Your version is copied.") : t("The customer's version is copied.");
    const names = [...new Set(open.map((input) => input.placeholder))].join(", ");
    tell(open.length ? [which, t("Still to be filled in: %(names)s.", { names })].join(" ") : which, {
      seconds: open.length ? 6 : 3,
    });
    const item = whose === "agent" ? "draft" : "customer_draft";
    give(this.suggestion, "copied", { item, ...this.changes(item) });
  }

  async copyResolution(button) {
    if (!(await toClipboard(button.closest(".card").querySelector(".resolution").textContent))) return;
    tell(t("The resolution is copied."));
    give(this.suggestion, "copied", { item: button.dataset.item });
  }

  async copySummary() {
    if (await toClipboard(summaryOf(this.root))) tell(t("The summary is copied."));
  }

  edit() {
    if (!this.editor?.box) return;
    if (this.editor.open) this.editor.field.focus();
    else this.editor.start(this.text("agent"));
  }

  putAsk(button) {
    const put = putAsk(button, { root: this.root, editor: this.editor });
    tell(put ? t("It stands before the closing of the reply.") : t("It is taken out of the reply."));
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
    else tell(t("Nothing is left to fill in."));
  }

  async translateEdit(button) {
    const letter = this.letter("customer");
    const body = { text: this.text("agent"), target: letter.lang, source: this.letter("agent").lang };
    button.disabled = true;
    try {
      const { text, provider } = await askJson("POST", "/api/v1/translations", body);
      letter.textContent = text;
      this.version.retranslated(text);
      this.root.querySelector(".origin-note").textContent = t("Your version, translated by %(who)s. Read it back before you send it.", { who: provider });
      this.root.querySelector("#stale").hidden = true;
      tell(t("Translated. Read it back before you send it."));
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
    tell(t("Noted, thank you."));
  }

  async unreject(button) {
    if (!(await takeBack(button.dataset.feedback))) return;
    const details = this.root.querySelector(".reject");
    button.hidden = true;
    details.hidden = false;
    details.querySelector("summary").focus();
    tell(t("Taken back."));
  }

  // The card that has the focus, else the first.
  get card() {
    return document.activeElement.closest?.("[data-card].card") ?? this.root?.querySelector(".card");
  }

  focusCard(number) {
    const card = this.root?.querySelectorAll(".card")[number - 1];
    card?.scrollIntoView({ block: "nearest" });
    card?.focus({ preventScroll: true });
  }

  mark(verdict) {
    this.card?.querySelector(`[data-verdict="${verdict}"]`)?.click();
  }

  // What a card says is put into the agent's version, before its last paragraph.
  insert() {
    const { card } = this;
    if (!card || !this.editor?.box) return;
    if (!this.editor.open) this.editor.start(this.text("agent"));
    this.editor.insert(card.querySelector(".resolution").textContent.trim());
    tell(t("It stands before the closing of your version. Make it yours."));
  }

  openReject() {
    const details = this.root?.querySelector("details.reject:not([hidden])");
    if (!details) return;
    details.open = true;
    details.querySelector("select").focus();
  }

  openSearch() {
    const details = this.root?.querySelector("details.own-search");
    if (details) details.open = true;
    this.root?.querySelector("#search-text")?.focus();
  }

  // What comes nearest, though it is too weak to be suggested: at the agent's wish.
  nearest() {
    const field = this.root.querySelector("#search-text");
    field.value = this.root.querySelector(".request")?.textContent.slice(0, 500) ?? "";
    this.search(field.form);
  }

  async search(form) {
    const text = form.querySelector("input").value.trim();
    const found = this.root.querySelector("#found");
    if (!text) return;
    try {
      const { results } = await askJson("POST", "/api/v1/search", { text, limit: 5 });
      found.replaceChildren(...(results.length ? results.map(hit) : [line(t("Nothing found."))]));
    } catch (problem) {
      found.replaceChildren(line(problem.message));
    }
  }
}

function fetchSuggestion(conversation, seen, signal) {
  if (conversation.messages) return askFragment("POST", "/fragments/suggestions", conversation, signal);
  const path = `/fragments/conversations/${encodeURIComponent(conversation.id)}/suggestion`;
  return askFragment("POST", path, { seen }, signal);
}

function hit(result) {
  const item = line(result.text);
  const head = document.createElement("b");
  head.textContent = [result.title, result.section].filter(Boolean).join(" › ");
  const sure = document.createElement("small");
  const percent = `${Math.round(result.confidence * 100)} %`;
  sure.textContent = " " + t("%(percent)s sure that it helps", { percent });
  item.prepend(head, sure, document.createElement("br"));
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
    tell(t("The browser doesn't let this page copy. Select the text and copy it yourself."), { seconds: 6 });
    return false;
  }
}
