// Tells users of screen readers what an action did, if nothing on the screen says so.

/** Long enough for a screen reader to notice the empty region first. */
const PAUSE_MS = 100;

export function announce(sentence: string): void {
  const region = document.querySelector("#announcer") ?? made();
  region.textContent = "";
  setTimeout(() => (region.textContent = sentence), PAUSE_MS);
}

function made(): HTMLElement {
  const region = Object.assign(document.createElement("p"), { id: "announcer", className: "unseen" });
  region.setAttribute("role", "status");
  document.body.append(region);
  return region;
}
