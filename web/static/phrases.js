// A phrase that carries a match lights up on its card and, by its place, in the customer's message.

const NAME = "customer-phrase"; // also the name of the highlight in suggestion.css

export function lightPhrase(help, phrase) {
  for (const other of help.querySelectorAll("[data-phrase]")) {
    if (other.dataset.phrase === phrase) other.classList.add("lit");
  }
  const range = rangeOf(help.querySelector(`button[data-phrase="${phrase}"]`));
  if (range && window.Highlight) CSS.highlights.set(NAME, new Highlight(range));
}

export function darkenPhrase() {
  window.CSS?.highlights?.delete(NAME);
}

// Brings both sides into sight: what is folded away is opened, the message scrolls within its column.
export function showPhrase(help, button) {
  for (const mark of help.querySelectorAll(`mark[data-phrase="${button.dataset.phrase}"]`)) {
    const folded = mark.closest("details");
    if (folded) folded.open = true;
  }
  const range = rangeOf(button);
  const column = document.getElementById("messages");
  if (!range || !column) return;
  const [at, within] = [range.getBoundingClientRect(), column.getBoundingClientRect()];
  if (at.top < within.top || at.bottom > within.bottom) column.scrollTop += at.top - within.top - within.height / 3;
}

function rangeOf(button) {
  const { message, start, end } = button?.dataset ?? {};
  const said = message && document.querySelector(`[data-number="${message}"] .said`);
  const node = said?.firstChild;
  if (node?.nodeType !== Node.TEXT_NODE) return null;
  const phrase = button.querySelector(".told").textContent;
  const at = placeOf(node.data, phrase, Number(start), Number(end));
  if (at < 0) return null;
  const range = document.createRange();
  range.setStart(node, at);
  range.setEnd(node, at + phrase.length);
  return range;
}

// Places count whole characters, and line ends as they were written; the page's text may differ in both.
function placeOf(text, phrase, start, end) {
  const characters = Array.from(text);
  const same = characters.slice(start, end).join("") === phrase;
  return same ? characters.slice(0, start).join("").length : text.indexOf(phrase);
}
