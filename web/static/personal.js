// The page of personal data: values are fetched when they are asked for, never before.

import { askFragment, askJson } from "./api.js";
import { watchMenu } from "./menu.js";
import { tell } from "./notify.js";
import { t } from "./words.js";

watchMenu();

const found = document.getElementById("found");
const traces = document.getElementById("traces");
const trouble = document.getElementById("erase-trouble");
let person = null;

async function attempt(button, work) {
  button.disabled = true;
  try {
    await work();
  } catch (problem) {
    tell(problem.message);
  }
  button.disabled = false;
}

function placeOf(row) {
  const id = row.dataset.id.split("/").map(encodeURIComponent).join("/");
  return `/fragments/personal-data/${row.dataset.kind}/${id}`;
}

async function fill(row) {
  row.querySelector(".found-texts").replaceChildren(await askFragment("GET", placeOf(row)));
}

async function show(button, row) {
  const texts = row.querySelector(".found-texts");
  if (!texts.hidden) texts.replaceChildren();
  else await fill(row);
  texts.hidden = !texts.hidden;
  button.setAttribute("aria-expanded", String(!texts.hidden));
  button.firstChild.textContent = texts.hidden ? t("Show") : t("Hide");
}

async function replace(row) {
  const { kind, id } = row.dataset;
  await askJson("POST", "/api/v1/personal-data/replacements", { kind, id });
  row.remove();
  found.focus();
  tell(t("Replaced in %(record)s. Its passages change with the next index build.", { record: id }));
}

async function allow(value, row) {
  await askJson("POST", "/api/v1/personal-data/exceptions", { value });
  if (row) await fill(row);
  tell(t("Noted: it names nobody, and is left alone."));
}

found.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const row = event.target.closest("[data-id]");
  if (!button || !row) return;
  if (button.dataset.allow) attempt(button, () => allow(button.dataset.allow, row));
  else if (button.dataset.action === "show") attempt(button, () => show(button, row));
  else attempt(button, () => replace(row));
});

async function change(path, method, body) {
  const response = await fetch(path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(t("That could not be kept. Load the page again."));
}

document.querySelector(".matrix").addEventListener("change", (event) => {
  const box = event.target;
  const body = { field: box.dataset.field, kind: box.dataset.switch, replaced: box.checked };
  attempt(box, async () => {
    try {
      await change("/api/v1/personal-data/switches", "PUT", body);
    } catch (problem) {
      box.checked = !box.checked;
      throw problem;
    }
    const what = box.getAttribute("aria-label");
    tell(box.checked ? t("%(what)s: replaced from now on.", { what }) : t("%(what)s: left from now on.", { what }));
  }).then(() => box.focus());
});

document.getElementById("exceptions").addEventListener("click", (event) => {
  const button = event.target.closest("[data-forget]");
  if (!button) return;
  attempt(button, async () => {
    await change("/api/v1/personal-data/exceptions/withdrawals", "POST", { value: button.dataset.forget });
    button.closest("li").remove();
    tell(t("It is replaced again."));
  });
});

document.getElementById("allow").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(event.submitter, async () => {
    await allow(event.target.elements.value.value, null);
    location.reload();
  });
});

document.getElementById("erase").addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = [...new FormData(event.target)].map(([name, value]) => [name, value.trim() || null]);
  trouble.textContent = "";
  traces.replaceChildren();
  try {
    traces.append(await askFragment("POST", "/fragments/erasures", Object.fromEntries(given)));
    person = Object.fromEntries(given);
  } catch (problem) {
    trouble.textContent = problem.message;
  }
});

traces.addEventListener("change", (event) => {
  if (event.target.id === "sure") document.getElementById("erase-now").disabled = !event.target.checked;
});

traces.addEventListener("click", async (event) => {
  const button = event.target.closest("#erase-now");
  if (!button) return;
  button.disabled = true;
  button.textContent = t("Erasing…");
  trouble.textContent = "";
  try {
    const done = await askJson("POST", "/api/v1/erasures", person);
    document.getElementById("erase").reset();
    traces.replaceChildren();
    if (done.complete) tell(t("Erased: no file holds anything of them any more."));
    else trouble.textContent = t("Erased from the base, but not everywhere: %(where)s. Erase again when nothing reads it.", { where: done.index || done.left.join(", ") });
  } catch (problem) {
    trouble.textContent = problem.message;
  }
});
