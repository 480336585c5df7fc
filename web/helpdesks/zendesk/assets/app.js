// Between Zendesk and Precedent's panel: the ticket's public comments go in, the reply comes out.

const MOST = 100; // comments; the newest are enough
const HEIGHT = "640px";
const client = ZAFClient.init();
const frame = document.getElementById("panel");
let origin = null;

async function start() {
  const { settings } = await client.metadata();
  ({ origin } = new URL(settings.precedentUrl));
  frame.src = `${origin}/panel?helpdesk=zendesk`;
  client.invoke("resize", { width: "100%", height: HEIGHT });
  client.on("ticket.conversation.changed", tell);
}

// Only what the panel itself says counts, and only in these two forms.
addEventListener("message", ({ source, origin: from, data }) => {
  if (source !== frame.contentWindow || from !== origin) return;
  if (data?.event === "precedent:ready") tell();
  if (data?.event === "precedent:insert" && typeof data.text === "string") client.invoke("ticket.editor.insert", data.text);
});

async function tell() {
  const told = await client.get(["ticket.id", "ticket.requester.name"]);
  const id = told["ticket.id"];
  const url = `/api/v2/tickets/${id}/comments.json?include=users&sort_order=desc&per_page=${MOST}`;
  const { comments, users } = await client.request({ url, type: "GET", dataType: "json" });
  const roles = new Map(users.map((user) => [user.id, user.role]));
  const shown = comments.filter((comment) => comment.public).reverse();
  const ticket = {
    id,
    requester: told["ticket.requester.name"],
    comments: shown.map((one) => ({
      id: one.id,
      role: roles.get(one.author_id) === "end-user" ? "customer" : "agent",
      text: one.plain_body ?? one.body,
      at: one.created_at,
    })),
  };
  frame.contentWindow.postMessage({ event: "precedent:ticket", ticket }, origin);
}

start();
