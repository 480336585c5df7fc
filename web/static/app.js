// Puts the page together: the list, the conversation, the suggestion, the keys and the theme.

import { askJson } from "./api.js";
import { watchFollowUp } from "./followup.js";
import { watchKeys } from "./keys.js";
import { tell } from "./notify.js";
import { remember } from "./store.js";
import { Help } from "./suggestion.js";
import { Talk } from "./talk.js";
import { Tongues } from "./tongues.js";

const byId = (id) => document.getElementById(id);
const talk = new Talk(byId("talk"), document.body.dataset.agentLanguage);
const help = new Help(byId("help"), { arrived: (language) => tongues.arrived(language, help.conversation) });
const tongues = new Tongues(byId("talk"), { talk, ask: (conversation) => help.ask(conversation) });
const links = [...byId("inbox").querySelectorAll("a[data-sample]")];

function mark(sample) {
  for (const link of links) {
    if (link.dataset.sample === sample) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function reveal(link) {
  link?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function opened({ conversation, title }) {
  document.title = `${title} · Precedent`;
  help.ask(conversation);
}

async function choose(sample, { push = true } = {}) {
  mark(sample);
  reveal(links.find((link) => link.dataset.sample === sample));
  if (push) history.pushState({ sample }, "", `/?conversation=${encodeURIComponent(sample)}`);
  try {
    opened(await talk.open(`/fragments/conversations/${encodeURIComponent(sample)}`));
  } catch (problem) {
    if (problem.name !== "AbortError") tell(problem.message, { seconds: 6 });
  }
}

function step(by) {
  const at = links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = links[Math.min(links.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  if (!next || links.indexOf(next) === at) return;
  next.focus();
  choose(next.dataset.sample);
}

async function openPasted() {
  byId("paste-error").textContent = "";
  try {
    const found = await talk.open("/fragments/conversations", { text: byId("paste-text").value });
    byId("paste").close();
    mark(null);
    history.pushState({}, "", "/");
    opened(found);
  } catch (problem) {
    if (problem.name !== "AbortError") byId("paste-error").textContent = problem.message;
  }
}

const THEMES = ["auto", "light", "dark"];

function showTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme-words").textContent = theme;
}

function nextTheme() {
  const theme = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];
  remember("theme", theme);
  showTheme(theme);
}

async function watchIndex() {
  const [state, words] = [byId("state"), byId("state-words")];
  try {
    await askJson("GET", "/readyz");
    state.dataset.state = "ready";
    words.textContent = "Index ready";
  } catch (problem) {
    state.dataset.state = "missing";
    words.textContent = problem.status === 503 ? "No index loaded yet" : "Server not reached";
    setTimeout(watchIndex, 3000);
  }
}

byId("inbox").addEventListener("click", (event) => {
  const link = event.target.closest("a[data-sample]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  choose(link.dataset.sample);
});
addEventListener("popstate", () => {
  const sample = new URLSearchParams(location.search).get("conversation");
  if (sample) choose(sample, { push: false });
});
byId("theme").addEventListener("click", nextTheme);
byId("open-keys").addEventListener("click", () => byId("keys").showModal());
byId("open-paste").addEventListener("click", () => byId("paste").showModal());
byId("paste-open").addEventListener("click", openPasted);
byId("paste").querySelector("[data-close]").addEventListener("click", () => byId("paste").close());

watchKeys({
  j: () => step(1),
  k: () => step(-1),
  p: () => byId("paste").showModal(),
  g: () => help.nextGap(),
  e: () => help.edit(),
  c: () => help.copy("agent"),
  t: () => help.copy("customer"),
  o: () => tongues.original(),
  v: () => help.version?.toggle(),
  "?": () => byId("keys").showModal(),
});
showTheme(document.documentElement.dataset.theme);
watchIndex();
watchFollowUp();

const current = talk.current();
if (current) {
  talk.toNewest();
  reveal(links.find((link) => link.hasAttribute("aria-current")));
  opened(current);
}
