// A grant is logged from the page; the giver's name is remembered in this browser.

import { askJson } from "./api.js";
import { tell } from "./notify.js";
import { giver, rememberGiver } from "./store.js";
import { t } from "./words.js";

export function nameGiver(root) {
  const field = root.querySelector('.grant-form [name="who"]');
  if (field) field.value = giver();
}

export function summaryOf(root) {
  return root.querySelector("#escalation-summary").textContent;
}

export async function logGrant(form, suggestion) {
  const value = (name) => form.elements[name].value.trim() || null;
  const names = ["kind", "amount", "article", "who", "approved_by", "why"];
  const body = Object.fromEntries(names.map((name) => [name, value(name)]));
  const button = form.querySelector("button");
  const trouble = form.querySelector(".error");
  button.disabled = true;
  trouble.textContent = "";
  try {
    await askJson("POST", "/api/v1/grants", {
      ...body,
      conversation_id: suggestion.conversation,
      customer: form.dataset.customer || null,
    });
    rememberGiver(body.who);
    form.closest("details").open = false;
    form.elements.why.value = "";
    tell(t("The grant is logged."));
  } catch (problem) {
    trouble.textContent = problem.message;
  }
  button.disabled = false;
}
