// What this browser remembers; a browser may forbid it, and the page then does without.

let unnamed;

export function recall(name) {
  try {
    return localStorage.getItem(`precedent.${name}`);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`precedent.${name}`, value);
  } catch {
    // kept for this page only
  }
}

// Until access control names people, each browser is one colleague: feedback counts once for each.
export function colleague() {
  unnamed ??= `agent-${Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  const known = recall("colleague");
  if (known === null) remember("colleague", unnamed);
  return known ?? unnamed;
}

// The name under which grants are logged from this browser.
export function giver() {
  return recall("giver") ?? colleague();
}

export function rememberGiver(name) {
  remember("giver", name);
}

// Languages that this agent reads, which need no translation.
export function languagesRead() {
  return (recall("reads") ?? "").split(",").filter(Boolean);
}
