// A sentence lights up the card that it comes from, a card the sentences; warnings and their words likewise,
// and the phrases that carry a match.

import { darkenPhrase, lightPhrase, showPhrase } from "./phrases.js";

export function watchProvenance(help) {
  // A page that scrolls under a resting pointer, as it does when a sentence takes the focus, points at nothing.
  let rest = "";
  help.addEventListener("pointerover", (event) => {
    if (placeOf(event) !== rest) light(help, event.target);
  });
  help.addEventListener("pointermove", (event) => (rest = placeOf(event)));
  help.addEventListener("focusin", (event) => light(help, event.target));
  for (const kind of ["pointerleave", "focusout"]) help.addEventListener(kind, () => darken(help));
  help.addEventListener("click", (event) => {
    const phrase = event.target.closest("button[data-phrase]");
    if (phrase) showPhrase(help, phrase);
    const link = event.target.closest("a[data-target]");
    if (!link) return;
    event.preventDefault();
    const card = document.getElementById(link.dataset.target);
    if (!card) return;
    card.scrollIntoView({ block: "nearest", behavior: "smooth" });
    card.focus({ preventScroll: true });
    light(help, card);
  });
}

function placeOf(event) {
  return `${event.clientX},${event.clientY}`;
}

function light(help, element) {
  darken(help);
  const from = element.closest(".from, a[data-target]");
  const card = element.closest("[data-card]");
  const warning = element.closest("[data-warning]");
  const phrase = element.closest("[data-phrase]");
  if (from) {
    say(help, from.dataset.label);
    document.getElementById(from.dataset.target)?.classList.add("lit");
    from.classList.add("lit");
  } else if (card) {
    for (const link of help.querySelectorAll("a.from")) {
      if (link.dataset.target === card.id) link.classList.add("lit");
    }
    card.classList.add("lit");
  }
  if (phrase) lightPhrase(help, phrase.dataset.phrase);
  if (warning) {
    for (const other of help.querySelectorAll("[data-warning]")) {
      if (other.dataset.warning === warning.dataset.warning) other.classList.add("lit");
    }
  }
}

function darken(help) {
  for (const element of help.querySelectorAll(".lit")) element.classList.remove("lit");
  darkenPhrase();
  say(help, "");
}

function say(help, words) {
  const line = help.querySelector("#provenance");
  if (!line) return;
  line.querySelector(".legend").hidden = Boolean(words);
  const origin = line.querySelector(".origin");
  origin.hidden = !words;
  origin.textContent = words || "";
}
