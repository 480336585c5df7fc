// The panel in a helpdesk: told by the page around it which conversation is open, it shows what to answer.

import { askJson } from "./api.js";
import { watchFollowUp } from "./followup.js";
import { readContext } from "./context.js";
import { tell } from "./notify.js";
import { Sender } from "./send.js";
import { follow } from "./stream.js";
import { Help } from "./suggestion.js";
import { t } from "./words.js";

const { helpdesk, origins } = document.body.dataset;
const allowed = origins.split(" ").filter(Boolean);
const help = new Help(document.getElementById("help"), { arrived, send: () => sender.send() });
const sender = new Sender(help, { seen: () => 0, gone: () => {}, behind: () => {} });
let parentOrigin = null; // the page around us, once it has shown that it may be

// A page around us is believed only if the operator named its origin, and only about what it may tell.
addEventListener("message", async (event) => {
  if (event.source !== parent || !allowed.includes(event.origin)) return;
  const told = readContext(helpdesk, event.data);
  if (told === null) return;
  parentOrigin = event.origin;
  if (told.id === help.conversation?.id && !told.messages.length) return;
  try {
    await open(told);
  } catch (problem) {
    help.slot.querySelector("#blank-words")?.replaceChildren(problem.message);
    tell(problem.message, { seconds: 6 });
  }
});

// What the helpdesk's page shows is kept as a webhook would keep it; what is known already stays as it is.
async function open({ id, messages, customer }) {
  const same = id === help.conversation?.id;
  const path = `/api/v1/conversations/${encodeURIComponent(id)}`;
  const known = await askJson("GET", path).catch((problem) => (problem.status === 404 ? null : Promise.reject(problem)));
  if (known) {
    if (messages.length) await askJson("POST", `${path}/messages`, { messages });
  } else if (messages.length) {
    await askJson("POST", "/api/v1/conversations", { id, customer, messages });
  } else {
    throw new Error(t("Nothing of this conversation has arrived yet."));
  }
  if (same) await help.again();
  else await help.ask({ id });
}

function changed(head) {
  if (head.id !== help.conversation?.id || help.changing) return;
  if (head.newest.role === "customer") help.again();
}

// Where the helpdesk's page takes a reply into its own field, a button offers it.
function arrived() {
  if (helpdesk !== "zendesk") return;
  for (const button of help.root.querySelectorAll('[data-action^="copy-"][data-action$="agent"], [data-action="copy-customer"]')) {
    if (button.nextElementSibling?.dataset.insert) continue;
    const insert = document.createElement("button");
    Object.assign(insert, { type: "button", className: "primary", textContent: t("Insert") });
    insert.dataset.insert = button.dataset.action.slice("copy-".length);
    button.after(insert);
  }
}

help.place.addEventListener("click", (event) => {
  const { insert } = event.target.closest("button")?.dataset ?? {};
  if (!insert || parentOrigin === null || sender.stopped()) return;
  parent.postMessage({ event: "precedent:insert", text: help.text(insert) }, parentOrigin);
  tell(t("It stands in the reply field."));
});

watchFollowUp();
follow(0, { changed, state: (state) => state === "following" && help.missed && help.again() });
if (helpdesk === "chatwoot") for (const origin of allowed) parent.postMessage("chatwoot-dashboard-app:fetch-info", origin);
else for (const origin of allowed) parent.postMessage({ event: "precedent:ready" }, origin);
