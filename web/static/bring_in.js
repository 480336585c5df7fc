// Bringing in an export: upload, look, correct the columns, begin, watch it come in.

import { askFragment, askJson } from "./api.js";
import { watchMenu } from "./menu.js";
import { tell } from "./notify.js";
import { colleague } from "./store.js";
import { t } from "./words.js";

watchMenu();

const PAUSE = 1000; // milliseconds between two looks at what is coming in
const byId = (id) => document.getElementById(id);
const [form, file, path, system, agents, preview, runs] = ["choose", "file", "path", "system", "agents", "preview", "runs"].map(byId);
let chosen = null; // what is looked at: { file } or { path }, with its name
let uploaded = null; // the file that was uploaded last, so that it isn't sent again

function upload(one) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch tells no progress of what it sends
    request.open("POST", `/api/v1/imports/files?name=${encodeURIComponent(one.name.slice(-200))}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.setRequestHeader("x-actor", colleague());
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => {
      byId("upload-bar").value = total ? (100 * loaded) / total : 0;
      byId("upload-words").textContent = t("Uploading, %(share)s", { share: `${total ? Math.floor((100 * loaded) / total) : 0}%` });
    };
    request.onload = () => (request.status === 201 ? resolve(request.response) : reject(new Error(request.response?.detail ?? t("The server answered with status %(status)s.", { status: request.status }))));
    request.onerror = () => reject(new Error(t("The upload broke off. Is the server still running?")));
    request.send(one);
  });
}

async function place() {
  const named = path?.value.trim();
  if (named) return { path: named, name: named.split("/").pop() };
  const one = file.files[0];
  if (!one) throw new Error(t("Choose a file first."));
  if (one.size > Number(document.querySelector("main").dataset.most)) throw new Error(t("This file is larger than uploads may be. Ask whoever runs this server to put it there (PRECEDENT_UPLOAD_BYTES, PRECEDENT_IMPORT_FOLDER)."));
  if (uploaded?.of !== one) {
    byId("uploading").hidden = false;
    try {
      uploaded = { of: one, ...(await upload(one)) };
    } finally {
      byId("uploading").hidden = true;
    }
  }
  return { file: uploaded.file, name: one.name };
}

function mapping() {
  const found = preview.querySelectorAll("[data-field]");
  if (!found.length) return null;
  return Object.fromEntries([...found].filter((one) => one.value).map((one) => [one.dataset.field, one.value]));
}

function export_(columns) {
  const { name: _, ...where } = chosen;
  return {
    ...where,
    system: system.value || null,
    agents: agents.value.split(/[,;\s]+/).filter(Boolean),
    mapping: columns,
    status: preview.querySelector('[name="status"]:checked')?.value ?? "published",
  };
}

async function show(columns) {
  preview.replaceChildren(await askFragment("POST", "/fragments/bring-in/preview", export_(columns)));
  byId("agents-pair").hidden = preview.querySelector("[data-system]").dataset.system !== "mbox";
}

async function look() {
  const [button, error] = [byId("look"), byId("choose-error")];
  button.disabled = true;
  error.textContent = "";
  try {
    chosen = await place();
    await show(null);
    preview.focus();
  } catch (problem) {
    error.textContent = problem.message;
  }
  button.disabled = false;
}

async function read(columns) {
  try {
    await show(columns);
    tell(t("Read anew with these columns."));
    byId("mapping")?.querySelector("button").focus();
  } catch (problem) {
    byId("mapping-error").textContent = problem.message;
  }
}

async function begin(button) {
  button.disabled = true;
  try {
    const run = await askJson("POST", "/api/v1/imports", { ...export_(mapping()), name: chosen.name });
    preview.replaceChildren();
    [chosen, uploaded, file.value] = [null, null, ""];
    tell(t("%(name)s is coming in.", { name: run.name }));
    await watch();
    const card = runs.querySelector(`[data-run="${run.id}"]`);
    (card?.querySelector("button") ?? form).focus();
  } catch (problem) {
    tell(problem.message, { seconds: 8 });
    button.disabled = false;
  }
}

// Only cards that changed are replaced; what was open stays so, and the focus where it was.
function refresh(fragment) {
  const fresh = new Map([...fragment.querySelectorAll("[data-run]")].map((card) => [card.dataset.run, card]));
  const list = runs.querySelector(".runs");
  if (!list || [...fresh.keys()].some((id) => !list.querySelector(`[data-run="${id}"]`))) {
    runs.replaceChildren(fragment);
    return;
  }
  for (const card of list.querySelectorAll("[data-run]")) {
    const next = fresh.get(card.dataset.run);
    if (!next) continue;
    const open = card.querySelector("details")?.open ?? false;
    const held = card.contains(document.activeElement) ? document.activeElement.dataset.action ?? "" : null;
    if (card.dataset.state !== next.dataset.state && next.dataset.state !== "running") {
      tell(`${next.querySelector(".run-name").textContent}: ${next.querySelector(".run-counts").textContent}`, { seconds: 6 });
    }
    if (open && next.querySelector("details")) next.querySelector("details").open = true;
    card.replaceWith(next);
    if (held !== null) (next.querySelector(`[data-action="${held}"]`) ?? next.querySelector("button, summary, a"))?.focus();
  }
}

let timer = null;

async function watch() {
  clearTimeout(timer);
  try {
    refresh(await askFragment("GET", "/fragments/bring-in/runs"));
  } catch {
    // the server is away; it is asked again
  }
  if (runs.querySelector('[data-state="running"]')) timer = setTimeout(watch, PAUSE);
}

async function act(button) {
  button.disabled = true;
  try {
    await askJson("POST", `/api/v1/imports/${button.closest("[data-run]").dataset.run}/${button.dataset.action}`);
  } catch (problem) {
    tell(problem.message, { seconds: 8 });
    button.disabled = false;
  }
  watch();
}

async function forget(signature) {
  await askJson("DELETE", `/api/v1/imports/mappings/${signature}`).catch(() => null); // answers with no body
  read(null);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  look();
});
system.addEventListener("change", () => {
  byId("agents-pair").hidden = system.value !== "mbox";
});
preview.addEventListener("submit", (event) => {
  event.preventDefault();
  read(mapping());
});
preview.addEventListener("change", (event) => {
  if (event.target.dataset.field) event.target.classList.toggle("chosen", event.target.value !== "");
});
preview.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.id === "begin") begin(button);
  if (button?.dataset.forget) forget(button.dataset.forget);
});
runs.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  if (button) act(button);
});
if (runs.querySelector('[data-state="running"]')) watch();
