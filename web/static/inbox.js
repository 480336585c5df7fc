// The list of conversations: kept true as they change, without losing the place, the focus or the choice.

import { askFragment } from "./api.js";
import { watchClock } from "./clock.js";

const PAUSE = 200; // milliseconds between two looks at the list, however much changes

export class Inbox {
  constructor(place, { choose }) {
    Object.assign(this, { place, choose, chosen: null, state: "open" });
    this.tick = watchClock(place);
    this.tick();
    place.addEventListener("click", (event) => this.clicked(event));
  }

  get list() {
    return this.place.querySelector("#inbox-list");
  }

  // The number of the newest change that the list showed when the page came.
  get seq() {
    return Number(this.list.dataset.seq);
  }

  get links() {
    return [...this.place.querySelectorAll("li[data-conversation] > a")];
  }

  clicked(event) {
    if (event.target.closest("#inbox-more")) return this.more();
    const link = event.target.closest("li[data-conversation] > a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.choose(idOf(link));
  }

  mark(id) {
    this.chosen = id;
    for (const link of this.links) {
      if (idOf(link) === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  reveal() {
    this.links.find((link) => idOf(link) === this.chosen)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  step(by) {
    const { links } = this;
    const at = links.findIndex((link) => link.hasAttribute("aria-current"));
    const next = links[Math.min(links.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    if (!next || links.indexOf(next) === at) return;
    next.focus();
    this.choose(idOf(next));
  }

  // The one who waits the longest of those not open already; false where nobody waits.
  nextWaiting() {
    const next = this.links.find((link) => link.querySelector("[data-waiting]") && idOf(link) !== this.chosen);
    if (!next) return false;
    this.choose(idOf(next));
    return true;
  }

  show(state) {
    this.state = state;
    this.list.dataset.limit = 60;
    return this.refresh();
  }

  async more() {
    const focused = this.links.length;
    this.list.dataset.limit = Number(this.list.dataset.limit) + 60;
    await this.refresh();
    this.links[focused]?.focus();
  }

  // Something has changed; a burst of changes is one look.
  changed() {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.refresh().catch(() => {}); // the stream says that the server is away
    }, PAUSE);
  }

  async refresh() {
    const fragment = await askFragment("GET", `/fragments/inbox?state=${this.state}&limit=${this.list.dataset.limit}`);
    this.take(fragment);
    this.mark(this.chosen);
    this.tick();
  }

  // Items that are there stay the elements that they are, so that a screen reader and the focus keep their place.
  take(fragment) {
    const { list } = this;
    const focused = document.activeElement;
    const known = new Map([...list.children].map((item) => [item.dataset.conversation, item]));
    const fresh = [...fragment.querySelectorAll("#inbox-list > li")];
    fresh.forEach((item, at) => {
      const old = known.get(item.dataset.conversation);
      known.delete(item.dataset.conversation);
      if (old && old.dataset.conversation) rewrite(old, item);
      const here = old?.dataset.conversation ? old : item;
      if (list.children[at] !== here) list.insertBefore(here, list.children[at] ?? null);
    });
    for (const item of [...list.children].slice(fresh.length)) item.remove();
    this.place.querySelector("#inbox-more")?.remove();
    const more = fragment.querySelector("#inbox-more");
    if (more) this.place.append(more);
    if (focused !== document.activeElement && this.place.contains(focused)) focused.focus({ preventScroll: true });
  }
}

function rewrite(old, item) {
  const [before, after] = [old.firstElementChild, item.firstElementChild];
  if (before.innerHTML !== after.innerHTML) before.replaceChildren(...after.childNodes);
}

function idOf(link) {
  return link.parentElement.dataset.conversation;
}
