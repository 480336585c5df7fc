// Cases, policy and steps that are written in another language than the agent's: their translation below.

import { askJson } from "./api.js";
import { t } from "./words.js";

const base = (language) => language.split("-")[0].toLowerCase();

// Says nothing where no translator is configured: what was found stands there as it was written.
export async function translateAbroad(root, { agentLanguage, reads, signal }) {
  const foreign = [...root.querySelectorAll("[data-abroad]")].filter(
    ({ lang }) => lang && base(lang) !== base(agentLanguage) && !reads.includes(base(lang)),
  );
  for (const text of foreign) {
    try {
      const body = { text: text.textContent, target: agentLanguage, source: text.lang };
      const told = await askJson("POST", "/api/v1/translations", body, signal);
      if (!text.isConnected) return;
      const below = document.createElement(text.matches("span") ? "span" : "p");
      below.className = "abroad";
      Object.assign(below, { lang: told.target, dir: "auto", textContent: told.text, title: t("Translated by %(who)s", { who: told.provider }) });
      text.after(below);
    } catch {
      return;
    }
  }
}
