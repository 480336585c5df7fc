// One record: changed with the version that was read, retired, an earlier version put back.

import { askJson, askNothing } from "./api.js";
import { watchMenu } from "./menu.js";
import { tell } from "./notify.js";
import { t } from "./words.js";

const form = document.getElementById("record");
const trouble = document.getElementById("record-error");
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

const why = () => {
  const reason = document.getElementById("reason").value.trim();
  return reason ? `?reason=${encodeURIComponent(reason)}` : "";
};

// Does it, then shows the record anew; what went wrong stands above the button, and nothing typed is lost.
async function change(what) {
  trouble.textContent = "";
  form.setAttribute("aria-busy", "true");
  try {
    const address = await what();
    saved = true;
    sessionStorage.setItem("record", address);
    location.assign(address);
  } catch (problem) {
    trouble.textContent = problem.status === 412 || problem.status === 409
      ? t("Somebody else changed this record meanwhile. Copy what you wrote, load the page anew and put it in again. %(why)s", { why: problem.message })
      : problem.message;
    trouble.scrollIntoView({ block: "nearest" });
  } finally {
    form.removeAttribute("aria-busy");
  }
}

const pageOf = (record) => `/knowledge/${kind}/${record.split("/").map(encodeURIComponent).join("/")}`;

function save() {
  const record = told();
  return change(async () => {
    if (version === "0") await askJson("POST", `${path}${why()}`, record);
    else await askJson("PUT", `${own}${why()}`, record, undefined, { "if-match": `"${version}"` });
    return pageOf(record.id);
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
    change(async () => (await askJson("POST", `${own}/restore${why()}`, body, undefined, { "if-match": `"${version}"` }), pageOf(id)));
  } else if (button?.dataset.action === "retire") {
    change(async () => (await askNothing("DELETE", `${own}${why()}`), pageOf(id)));
  }
});
addEventListener("beforeunload", (event) => {
  const changed = [...form.elements].some((one) => "defaultValue" in one && one.value !== one.defaultValue);
  if (changed && !saved) event.preventDefault();
});

watchMenu();
if (sessionStorage.getItem("record") === location.pathname) tell(t("It is kept."));
sessionStorage.removeItem("record");
