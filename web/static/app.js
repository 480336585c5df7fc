// Puts the page together: the list, the conversation, the suggestion, what arrives, the keys and the menu.

import { askJson } from "./api.js";
import { chooseCategory } from "./corrections.js";
import { watchFollowUp } from "./followup.js";
import { Inbox } from "./inbox.js";
import { watchKeys } from "./keys.js";
import { watchMenu } from "./menu.js";
import { Notes } from "./notes.js";
import { tell } from "./notify.js";
import { Sender } from "./send.js";
import { follow } from "./stream.js";
import { Help } from "./suggestion.js";
import { Talk } from "./talk.js";
import { Tongues } from "./tongues.js";
import { t } from "./words.js";

const byId = (id) => document.getElementById(id);
const talk = new Talk(byId("talk"), document.body.dataset.agentLanguage);
const inbox = new Inbox(byId("inbox"), { choose });
const help = new Help(byId("help"), {
  arrived: (language) => tongues.arrived(language, help.conversation),
  send: () => sender.send(),
});
const tongues = new Tongues(byId("talk"), { talk, change: (changes) => help.change(changes) });
const notes = new Notes(byId("talk"), { current: () => help.conversation?.id });
const sender = new Sender(help, { seen: () => talk.seen, gone, behind: () => catchUp(help.conversation.id) });

function opened({ conversation, title }) {
  document.title = `${title} · Precedent`;
  help.ask(conversation);
}

async function choose(id, { push = true } = {}) {
  inbox.mark(id);
  inbox.reveal();
  if (push) history.pushState({ id }, "", `/?conversation=${encodeURIComponent(id)}`);
  try {
    opened(await talk.open(`/fragments/conversations/${encodeURIComponent(id)}`));
  } catch (problem) {
    if (problem.name !== "AbortError") tell(problem.message, { seconds: 6 });
  }
}

async function openPasted() {
  byId("paste-error").textContent = "";
  try {
    const found = await talk.open("/fragments/conversations", { text: byId("paste-text").value });
    const { id } = found.conversation;
    byId("paste").close();
    byId("paste-text").value = "";
    history.pushState({ id }, "", `/?conversation=${encodeURIComponent(id)}`);
    inbox.mark(id);
    opened(found);
  } catch (problem) {
    if (problem.name !== "AbortError") byId("paste-error").textContent = problem.message;
  }
}

// A conversation has changed: it may stand elsewhere in the list, and the open one has gone on.
function changed(head) {
  inbox.changed();
  const open = help.conversation;
  if (open?.id !== head.id) return;
  notes.settled(head.state);
  const theirs = head.revision !== open.revision && !help.changing;
  if (theirs) open.revision = head.revision;
  if (head.messages > talk.seen) catchUp(head.id, head.newest.role);
  else if (theirs) help.again();
}

// Messages and suggestion are asked for side by side, so that both are there at once.
async function catchUp(id, newest) {
  if (sender.sending) return; // what was sent here comes by `gone`
  if (newest === "customer") help.again();
  try {
    const roles = await talk.more(id);
    if (newest !== "customer" && roles.includes("customer")) help.again();
    if (roles.includes("agent")) help.answered();
  } catch (problem) {
    tell(problem.message, { seconds: 6 });
  }
}

async function gone() {
  help.sent();
  tell(t("Sent. With n you go on to the next who waits."));
  await talk.more(help.conversation.id).catch(() => {});
  talk.toNewest();
}

function showState(state, words) {
  byId("state").dataset.state = state;
  byId("state-words").textContent = words;
}

async function watchIndex() {
  try {
    await askJson("GET", "/readyz");
    showState("ready", t("Index ready"));
  } catch (problem) {
    showState("missing", problem.status === 503 ? t("No index loaded yet") : t("Server not reached"));
    setTimeout(watchIndex, 3000);
  }
}

function connected(state) {
  if (state === "lost") return showState("missing", t("Connection lost, trying again"));
  watchIndex();
  if (help.missed) help.again();
}

addEventListener("popstate", () => {
  const id = new URLSearchParams(location.search).get("conversation");
  if (id) choose(id, { push: false });
});
byId("inbox-state").addEventListener("change", (event) => {
  inbox.show(event.target.value).catch((problem) => tell(problem.message, { seconds: 6 }));
});
byId("open-keys").addEventListener("click", () => byId("keys").showModal());
byId("open-paste").addEventListener("click", () => byId("paste").showModal());
byId("paste-open").addEventListener("click", openPasted);
byId("paste").querySelector("[data-close]").addEventListener("click", () => byId("paste").close());

watchKeys({
  j: () => inbox.step(1),
  k: () => inbox.step(-1),
  n: () => inbox.nextWaiting() || tell(t("Nobody else waits.")),
  p: () => byId("paste").showModal(),
  m: () => notes.write(),
  d: () => notes.settle(),
  o: () => tongues.original(),
  s: () => sender.send(),
  e: () => help.edit(),
  g: () => help.nextGap(),
  i: () => help.insert(),
  v: () => help.version?.toggle(),
  l: () => help.root?.querySelector("#stale:not([hidden]) button")?.click(),
  c: () => help.copy("agent"),
  t: () => help.copy("customer"),
  r: () => help.openReject(),
  u: () => help.showPending(),
  x: () => chooseCategory(help.root),
  h: () => help.mark("helpful"),
  w: () => help.mark("wrong"),
  "/": () => help.openSearch(),
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((number) => [number, () => help.focusCard(number)])),
  "?": () => byId("keys").showModal(),
});
watchMenu();
watchIndex();
watchFollowUp();
follow(inbox.seq, { changed, state: connected });

const current = talk.current();
if (current) {
  inbox.mark(current.conversation.id);
  talk.toNewest();
  inbox.reveal();
  opened(current);
}
