// Practice: rounds are begun, answered, read again and taken away; what is typed survives a reload.

import { askFragment } from "./api.js";
import { watchMenu } from "./menu.js";
import { tell } from "./notify.js";
import { recall, remember } from "./store.js";
import { t } from "./words.js";

const place = document.getElementById("practice");
const typing = (event) => event.target.closest("input, textarea, select");
let busy = false; // while something is begun, answered or taken away
let looking = null; // what is only being read: whatever is done meanwhile comes before it

const round = () => place.querySelector("[data-round]");
const nameOf = (one) => `practice.${one.dataset.round}.${one.dataset.turn}`;

// Shows what the server answers; `push` puts the round into the address.
async function show(method, path, body, { push = true } = {}) {
  if (busy) return;
  looking?.abort();
  looking = new AbortController();
  busy = method !== "GET";
  const { signal } = looking;
  place.setAttribute("aria-busy", "true");
  try {
    place.replaceChildren(await askFragment(method, path, body, signal));
    const one = round();
    const address = one ? `/practice?round=${one.dataset.round}` : "/practice";
    if (push && location.pathname + location.search !== address) history.pushState({}, "", address);
    settle(one);
  } catch (problem) {
    if (problem.name === "AbortError") return;
    tell(problem.message, { seconds: 6 });
  } finally {
    if (!signal.aborted) {
      busy = false;
      place.removeAttribute("aria-busy");
    }
  }
}

// What was typed before a reload stands again; the focus goes where the trainee goes on.
function settle(one) {
  const field = place.querySelector("#reply");
  if (field) {
    field.value = recall(nameOf(one)) ?? "";
    field.addEventListener("input", () => remember(nameOf(one), field.value));
    field.focus({ preventScroll: true });
    place.querySelector(".messages").lastElementChild.scrollIntoView({ block: "nearest" });
  } else if (one) {
    place.querySelector("#round-title").focus({ preventScroll: true });
    place.querySelector(".result")?.scrollIntoView({ block: "start" });
  }
}

function begin(caseId) {
  const category = document.getElementById("category").value || null;
  return show("POST", "/fragments/practice", caseId ? { case_id: caseId } : { category });
}

async function send() {
  const one = round();
  const field = place.querySelector("#reply");
  if (!field) return;
  if (!field.value.trim()) {
    tell(t("Write to the customer first."));
    return;
  }
  const name = nameOf(one);
  const body = { turn: Number(one.dataset.turn), text: field.value };
  await show("POST", `/fragments/practice/${one.dataset.round}/replies`, body);
  if (place.querySelector("#reply") !== field) remember(name, "");
}

document.getElementById("beginning").addEventListener("submit", (event) => {
  event.preventDefault();
  begin();
});
place.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
place.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { open, again, next } = button.dataset;
  if (open) show("GET", `/fragments/practice?round=${open}`);
  else if (button.dataset.delete) show("DELETE", `/fragments/practice/${button.dataset.delete}`);
  else if (again) begin(again);
  else if (next !== undefined) begin();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "reply") send();
  if (typing(event) || event.ctrlKey || event.metaKey || event.altKey) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "n") begin();
  else if (event.key === "a") place.querySelector("[data-again]")?.click();
  else if (event.key === "e") place.querySelector("#reply")?.focus();
  else return;
  event.preventDefault();
});
addEventListener("popstate", load);

function load() {
  const wanted = new URLSearchParams(location.search).get("round");
  return show("GET", `/fragments/practice${wanted ? `?round=${encodeURIComponent(wanted)}` : ""}`, undefined, { push: false });
}

watchMenu();
load();
