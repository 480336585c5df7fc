// What the checks found of a change: told where the record stands, and how a publisher stores it all the same.

import { t } from "./words.js";

const WEIGHTS = { error: t("must be mended"), warning: t("look at this"), note: t("note") };
const KINDS = { case: "case", article: "article", template: "template", golden: "question" };

export const blocked = (problem) => problem.type === "urn:precedent:problem:blocked";

function made(name, text, type) {
  const element = document.createElement(name);
  if (text) element.textContent = text;
  if (type) element.className = type;
  return element;
}

function subject(named) {
  const [kind, ...rest] = named.split(":");
  const words = made("bdi", named);
  if (!KINDS[kind]) return words;
  const link = made("a");
  link.href = `/knowledge/${KINDS[kind]}/${rest.join(":").split("/").map(encodeURIComponent).join("/")}`;
  link.append(words);
  return link;
}

function entry({ title, severity, subject: named, message, advice, blocks }) {
  const item = made("li", "", severity);
  const head = made("p");
  head.append(made("span", WEIGHTS[severity], "weight"), " ", made("b", title), " ", subject(named));
  if (blocks) head.append(" ", made("span", t("holds it back"), "holding"));
  const words = made("p", message, "words");
  words.dir = "auto";
  item.append(head, words, made("p", advice, "hint"));
  return item;
}

export function clear(place) {
  place.replaceChildren();
  place.hidden = true;
}

// With `override`, a publisher may do it all the same: it is called with the reason, which is kept.
export function show(place, { title, findings, override, why = "" }) {
  const list = made("ul", "", "findings");
  list.append(...findings.map(entry));
  place.replaceChildren(made("h2", title), list);
  if (override) place.append(...overriding(override, why));
  place.hidden = false;
  place.focus();
  place.scrollIntoView({ block: "nearest" });
}

function overriding(override, why) {
  const label = made("label", t("Why it is done all the same (kept in the history)"));
  const field = made("input");
  [field.id, field.value, field.maxLength, field.autocomplete] = ["override-why", why, 1000, "off"];
  label.htmlFor = field.id;
  const button = made("button", t("Do it all the same"), "plain");
  button.type = "button";
  const go = () => (field.value.trim() ? override(field.value.trim()) : field.focus());
  button.addEventListener("click", go);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    go();
  });
  return [label, field, button];
}
