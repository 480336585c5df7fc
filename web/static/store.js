// What this browser remembers; a browser may forbid it, and the page then does without.

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
