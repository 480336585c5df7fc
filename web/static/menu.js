// The menu of every page: where to go, the language of the interface, the theme.

import { remember } from "./store.js";

const YEAR = 60 * 60 * 24 * 365;

export function watchMenu() {
  const menu = document.getElementById("menu");
  const [theme, tongue] = ["theme", "interface"].map((id) => document.getElementById(id));
  theme.value = document.documentElement.dataset.theme;
  theme.addEventListener("change", () => {
    remember("theme", theme.value);
    document.documentElement.dataset.theme = theme.value;
  });
  tongue.addEventListener("change", () => {
    document.cookie = `interface=${tongue.value}; path=/; max-age=${YEAR}; samesite=lax`;
    location.reload();
  });
  document.addEventListener("click", (event) => menu.contains(event.target) || menu.removeAttribute("open"));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });
}
