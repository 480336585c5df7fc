// Runs before the first paint, so that the chosen theme doesn't flash: auto, light or dark.
(() => {
  const read = () => {
    try {
      return localStorage.getItem("precedent.theme") || "auto";
    } catch {
      return "auto"; // storage may be forbidden; the page then follows the system
    }
  };
  document.documentElement.dataset.theme = read();
})();
