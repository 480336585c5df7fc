// Times that run on: how long somebody has waited, how long a complaint may still wait.

import { language, t } from "./words.js";

const EVERY = 20; // seconds between two looks at the clock
const DAY = 24 * 60;
const days = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { day: "numeric", month: "short", timeZone: "UTC" });

// Keeps every time of that kind in `place` true, those that come later too.
export function watchClock(place) {
  const show = () => tick(place);
  setInterval(show, EVERY * 1000);
  return show;
}

function tick(place) {
  for (const time of place.querySelectorAll("time[data-waiting]")) write(time, waiting(minutesSince(time)) ?? days.format(new Date(time.dateTime)));
  for (const time of place.querySelectorAll("time[data-left]")) write(time, left(-minutesSince(time)));
}

function write(time, words) {
  if (time.textContent !== words) time.textContent = words;
}

function minutesSince(time) {
  return Math.floor((Date.now() - Date.parse(time.dateTime)) / 60000);
}

function waiting(minutes) {
  if (minutes > DAY) return null;
  return minutes >= 60 ? t("%(hours)s h", { hours: Math.floor(minutes / 60) }) : t("%(minutes)s min", { minutes: Math.max(0, minutes) });
}

function left(minutes) {
  if (minutes < 0) return t("overdue");
  return minutes >= 60 ? t("%(hours)s h left", { hours: Math.floor(minutes / 60) }) : t("%(minutes)s min left", { minutes });
}
