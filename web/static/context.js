// What a helpdesk's page says of its open conversation, read as something that nobody vouches for.

const MOST = 1_000_000; // characters of a message from the page around us; a longer one is none of the helpdesk's
const MOST_MESSAGES = 100; // the newest are enough to suggest on
const WHOLE = /^[0-9]{1,18}$/;

// {id, customer, messages} in the exchange format; null where it is no such message.
export function readContext(helpdesk, data) {
  try {
    return helpdesk === "chatwoot" ? chatwoot(data) : zendesk(data);
  } catch {
    return null; // whatever was sent, it wasn't in the helpdesk's form
  }
}

// Chatwoot sends a text: {"event": "appContext", "data": {conversation, contact, currentAgent}}.
function chatwoot(data) {
  if (typeof data !== "string" || data.length > MOST) return null;
  const { event, data: told } = JSON.parse(data);
  if (event !== "appContext") return null;
  const talk = told.conversation;
  const account = number(talk.account_id ?? told.contact?.account_id);
  const id = number(talk.id);
  if (account === null || id === null) return null;
  const said = (talk.messages ?? []).filter((one) => !one.private && roleOf(one.message_type));
  const messages = said.slice(-MOST_MESSAGES).map((one) => ({
    role: roleOf(one.message_type), text: text(one.content) || "(attachment)", at: time(one.created_at),
    external_id: number(one.id) ?? undefined,
  }));
  return { id: `chatwoot-${account}-${id}`, customer: { name: line(told.contact?.name) }, messages };
}

// Our app in Zendesk sends {event: "precedent:ticket", ticket: {id, subject, requester, comments}}.
function zendesk(data) {
  if (data?.event !== "precedent:ticket" || JSON.stringify(data).length > MOST) return null;
  const { ticket } = data;
  const id = number(ticket.id);
  if (id === null) return null;
  const messages = (ticket.comments ?? []).slice(-MOST_MESSAGES).map((one) => ({
    role: one.role === "agent" ? "agent" : "customer", text: text(one.text) || "(attachment)", at: time(one.at),
    external_id: number(one.id) ?? undefined,
  }));
  return { id: `zendesk-${id}`, customer: { name: line(ticket.requester) }, messages };
}

function roleOf(type) {
  return { 0: "customer", 1: "agent", incoming: "customer", outgoing: "agent" }[type];
}

function number(value) {
  return WHOLE.test(String(value)) ? String(value) : null;
}

function text(value) {
  return typeof value === "string" ? value.slice(0, 20_000) : "";
}

function line(value) {
  return text(value).replaceAll(/[\p{Cc}\s]+/gu, " ").trim().slice(0, 200) || null;
}

function time(value) {
  const at = new Date(typeof value === "number" ? value * 1000 : value);
  return Number.isNaN(at.valueOf()) ? null : at.toISOString();
}
