// Follows what changes on the server. After a lost connection it goes on where it was; nothing is missed.

const AGAIN = 2000; // milliseconds until a connection that the browser gave up is tried again
const HIDDEN = 30000; // a page that nobody sees for so long lets go: browsers open few connections to one server

// `changed` is given each changed conversation's head, `state` "following" or "lost". Gives what ends it.
export function follow(after, { changed, state }) {
  let [source, last, timer] = [null, after, 0];
  function open() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource(`/api/v1/events?after=${last}`);
    source.addEventListener("open", () => state("following"));
    source.addEventListener("conversation", (event) => {
      last = Number(event.lastEventId) || last;
      changed(JSON.parse(event.data));
    });
    source.addEventListener("error", () => {
      state("lost");
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN);
    });
  }
  function close() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(close, HIDDEN);
    else if (source === null || source.readyState === EventSource.CLOSED) open();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && open());
  open();
  return close;
}
