// One line at the bottom of the page; screen readers hear it, eyes see it unless it is only for ears.

let timer;

export function tell(words, { seen = true, seconds = 3 } = {}) {
  const toast = document.getElementById("toast");
  toast.textContent = words;
  toast.classList.toggle("unheard", !seen);
  toast.classList.add("shown");
  clearTimeout(timer);
  timer = setTimeout(() => toast.classList.remove("shown"), seconds * 1000);
}
