// Writing a reply: the server reads each version, says what is wrong and how it reads; nothing is kept until Save.

import { askFragment, askJson } from "./api.js";
import { blocked, clear, show } from "./findings.js";
import { watchMenu } from "./menu.js";
import { tell } from "./notify.js";
import { t, tn } from "./words.js";

watchMenu();
const PAUSE = 300; // milliseconds without a key before a version is read
const byId = (id) => document.getElementById(id);
const [file, checked, save, sieve, found] = ["file", "checked", "save", "sieve", "found"].map(byId);
const fresh = !new URLSearchParams(location.search).has("reply");
let before = fresh ? "" : file.defaultValue;
let saved = file.defaultValue;
let [timer, running] = [null, null];

async function check() {
  running?.abort();
  running = new AbortController();
  try {
    const fragment = await askFragment("POST", "/fragments/template-files", { text: file.value }, running.signal);
    checked.replaceChildren(fragment);
  } catch (problem) {
    if (problem.name !== "AbortError") tell(problem.message, { seconds: 6 });
  }
}

async function keep(override) {
  save.disabled = true;
  clear(found);
  try {
    const text = file.value;
    const told = { text, before, ...(override && { override }) };
    const { reply, text: kept, templates, retired, findings } = await askJson("PUT", "/api/v1/template-files", told);
    [before, saved] = [kept, text];
    byId("file-title").textContent = reply;
    history.replaceState({}, "", `/templates?reply=${encodeURIComponent(reply)}`);
    const gone = tn("%(num)s that the file no longer has is retired.", "%(num)s that the file no longer has are retired.", retired.length);
    const left = retired.length ? ` ${gone}` : "";
    tell(tn("Saved: %(num)s template is in use now.", "Saved: %(num)s templates are in use now.", templates.length) + left, { seconds: 5 });
    if (findings.length) show(found, { title: t("It is kept. The checks found:"), findings });
    check();
  } catch (problem) {
    if (blocked(problem)) show(found, { title: t("Held back: nothing was stored"), findings: problem.findings, override: keep });
    else tell(problem.message, { seconds: 8 });
  }
  save.disabled = false;
}

function toLine(number) {
  const lines = file.value.split("\n");
  const start = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
  file.focus();
  file.setSelectionRange(start, start + (lines[number - 1] ?? "").length);
}

function sift() {
  const words = sieve.value.trim().toLowerCase();
  for (const item of byId("replies").children) item.hidden = !item.textContent.toLowerCase().includes(words);
}

file.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE);
});
save.addEventListener("click", () => keep());
sieve.addEventListener("input", sift);
checked.addEventListener("click", (event) => {
  const { line } = event.target.dataset;
  if (line) toLine(Number(line));
});
addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key !== "s") return;
  event.preventDefault();
  keep();
});
addEventListener("beforeunload", (event) => {
  if (file.value !== saved) event.preventDefault();
});
// Typed before this script ran, or restored by the browser.
if (file.value !== saved) check();
byId("replies").querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest", inline: "nearest" });
