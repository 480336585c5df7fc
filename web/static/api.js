// Talks to the server; every failure comes back as a Problem with words an agent can act on.

import { colleague } from "./store.js";
import { t } from "./words.js";

export class Problem extends Error {
  constructor(detail, type = "", status = 0, findings = []) {
    super(detail);
    this.type = type;
    this.status = status;
    this.findings = findings;
  }
}

const UNREACHABLE = t("The server can't be reached. Is it still running? Nothing that you wrote is lost.");

async function ask(method, path, body, signal, headers = {}) {
  // A fragment comes as HTML whatever is asked for; a failure would be a whole page if HTML were.
  const options = { method, signal, headers: { accept: "application/json", "x-actor": colleague(), ...headers } };
  if (body !== undefined) {
    options.headers["content-type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(UNREACHABLE, "unreachable");
  }
  if (response.ok) return response;
  throw await problemOf(response);
}

async function problemOf(response) {
  try {
    const problem = await response.json();
    return new Problem(problem.detail || problem.title, problem.type, response.status, problem.findings);
  } catch {
    return new Problem(t("The server answered with status %(status)s.", { status: response.status }), "", response.status);
  }
}

export async function askJson(method, path, body, signal, headers) {
  return (await ask(method, path, body, signal, headers)).json();
}

// Where the answer says nothing but that it is done.
export async function askNothing(method, path, body) {
  await ask(method, path, body);
}

// The server's own markup, in which everything that came from outside is escaped; null where it has nothing to say.
export async function askFragment(method, path, body, signal) {
  const response = await ask(method, path, body, signal);
  return response.status === 204 ? null : document.createRange().createContextualFragment(await response.text());
}

// Which conversation is meant: one that is kept by its id, another one whole.
export function aboutOf(conversation) {
  return conversation.messages ? { conversation } : { conversation_id: conversation.id };
}
