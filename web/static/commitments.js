// What was promised in the open conversation, beside its draft: settling it, and the complaint's countdown.

import { settle, showFollowUp } from "./followup.js";
import { tell } from "./notify.js";
import { t } from "./words.js";

const EVERY = 20; // seconds between two looks at the clock

let timer;

// Counts down to the time until which a complaint is to be acknowledged.
export function watchCountdown(root) {
  clearInterval(timer);
  const place = root.querySelector("[data-countdown]");
  if (!place) return;
  const due = Date.parse(place.dataset.countdown);
  const show = () => {
    const minutes = Math.floor((due - Date.now()) / 60000);
    place.classList.toggle("late", minutes < 0);
    place.textContent = minutes < 0 ? t("%(time)s too late", { time: length(-minutes) }) : t("%(time)s left", { time: length(minutes) });
  };
  show();
  timer = setInterval(show, EVERY * 1000);
}

function length(minutes) {
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  if (days) return t("%(days)s d %(hours)s h", { days, hours });
  return hours ? t("%(hours)s h %(minutes)s min", { hours, minutes: minutes % 60 }) : t("%(minutes)s min", { minutes });
}

export async function pressPromise(button) {
  const row = button.closest("[data-promise]");
  if (button.dataset.promised === "follow-up") return showFollowUp(row.dataset.promise);
  const kept = button.getAttribute("aria-pressed") === "true";
  const promise = await settle(row.dataset.promise, kept ? "open" : "kept");
  if (promise === null) return;
  button.setAttribute("aria-pressed", String(promise.state === "kept"));
  row.classList.toggle("settled", promise.state === "kept");
  tell(promise.state === "kept" ? t("Noted: kept.") : t("Noted: open again."));
}
