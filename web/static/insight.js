// Insight: a choice shows at once, and a rise that begins is told while the page stands open.

import { watchMenu } from "./menu.js";
import { t } from "./words.js";

watchMenu();
const form = document.querySelector(".sieves");
form.addEventListener("change", () => form.requestSubmit());

const news = document.getElementById("rise-news");
const shown = new Set([...document.querySelectorAll(".rises li b")].map((one) => one.textContent));
const source = new EventSource("/api/v1/insight/events");
source.addEventListener("rise", (event) => {
  const rise = JSON.parse(event.data);
  const what = rise.category.replaceAll(/[_-]/g, " ").trim();
  if (shown.has(what)) return;
  shown.add(what);
  news.hidden = false;
  news.textContent = t("New rise: %(what)s. Load the page again to see it.", { what });
});
addEventListener("pagehide", () => source.close());
