// What the scripts say, in the page's language: English texts stand in the code, the page brings the others.

const page = document.documentElement;
const words = JSON.parse(document.getElementById("words").textContent);
const plural = new Intl.PluralRules(page.lang);

// The page's language, for names of languages, days and numbers.
export const language = page.lang;

// A text, its %(name)s filled in.
export function t(text, values = {}) {
  return filled(words[text] ?? text, values);
}

// A text that counts, in the form that the language has for this number: %(num)s is the number.
export function tn(one, many, count, values = {}) {
  const forms = words[one] ?? { one, other: many };
  return filled(forms[plural.select(count)] ?? forms.other, { num: count, ...values });
}

function filled(text, values) {
  return text.replaceAll(/%\((\w+)\)s/g, (gap, name) => String(values[name] ?? gap));
}
