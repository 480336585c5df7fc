// One record: changed with the version that was read, retired, an earlier version put back.

import { askJson } from "./api.js";
import { blocked, clear, show } from "./findings.js";
import { watchMenu } from "./menu.js";
import { tell } from "./notify.js";
import { t } from "./words.js";

const form = document.getElementById("record");
const trouble = document.getElementById("record-error");
const found = document.getElementById("found");
const { kind, id, version } = form.dataset;
const path = `/api/v1/${kind}s`;
const own = `${path}/${id.split("/").map(encodeURIComponent).join("/")}`;
let saved = false;

const words = { text: (value) => value || null, line: (value) => value.trim() || null, list: lines };

function lines(value) {
  return value.split("\n").map((line) => line.trim()).filter(Boolean);
}

// The record as it is stored, with what the form says; what has no field stays.
function told() {
  const record = JSON.parse(document.getElementById("document").textContent);
  for (const field of form.querySelectorAll("[data-shape]")) record[field.name] = words[field.dataset.shape](field.value);
  if (kind === "question" && record.messages?.length) delete record.query;
  return record;
}

// What goes with a change: why it is made, and where it is stored whatever the checks hold against it, that too.
function asked(override) {
  const told = new URLSearchParams();
  const reason = override ?? document.getElementById("reason").value.trim();
  if (reason) told.set("reason", reason);
  if (override) told.set("override", "true");
  return told;
}

// Does it, then shows the record anew with what the checks found; what went wrong stands above the button, and
// nothing typed is lost.
async function change(what, override) {
  trouble.textContent = "";
  clear(found);
  form.setAttribute("aria-busy", "true");
  try {
    const { address, findings } = await what(asked(override));
    saved = true;
    sessionStorage.setItem("record", JSON.stringify({ address, findings }));
    location.assign(address);
  } catch (problem) {
    if (blocked(problem)) {
      hold(problem, what);
      return;
    }
    trouble.textContent = problem.status === 412 || problem.status === 409
      ? t("Somebody else changed this record meanwhile. Copy what you wrote, load the page anew and put it in again. %(why)s", { why: problem.message })
      : problem.message;
    trouble.scrollIntoView({ block: "nearest" });
  } finally {
    form.removeAttribute("aria-busy");
  }
}

function hold(problem, what) {
  show(found, {
    title: t("Held back: nothing was stored"),
    findings: problem.findings,
    override: (reason) => change(what, reason),
    why: document.getElementById("reason").value.trim(),
  });
}

const pageOf = (record) => `/knowledge/${kind}/${record.split("/").map(encodeURIComponent).join("/")}`;

function save() {
  const record = told();
  return change(async (query) => {
    const { findings } = version === "0"
      ? await askJson("POST", `${path}?${query}`, record)
      : await askJson("PUT", `${own}?${query}`, record, undefined, { "if-match": `"${version}"` });
    return { address: pageOf(record.id), findings };
  });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form.reportValidity()) save();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.restore) {
    const body = { version: Number(button.dataset.restore) };
    change(async (query) => {
      const { findings } = await askJson("POST", `${own}/restore?${query}`, body, undefined, { "if-match": `"${version}"` });
      return { address: pageOf(id), findings };
    });
  } else if (button?.dataset.action === "retire") {
    change(async (query) => {
      const { findings } = await askJson("DELETE", `${own}?${query}&findings=true`);
      return { address: pageOf(id), findings };
    });
  }
});
addEventListener("beforeunload", (event) => {
  const changed = [...form.elements].some((one) => "defaultValue" in one && one.value !== one.defaultValue);
  if (changed && !saved) event.preventDefault();
});

watchMenu();
const kept = JSON.parse(sessionStorage.getItem("record") ?? "{}");
if (kept.address === location.pathname) {
  tell(t("It is kept."));
  if (kept.findings.length) show(found, { title: t("It is kept. The checks found:"), findings: kept.findings });
}
sessionStorage.removeItem("record");
