// The regions that F6 steps through: the elements with `data-region`, in the order of the page, which is always the same:
// servers, the server, its channels, the call, the user's account, the header, the messages, the composer, the panels.
// On phones, what a closed drawer holds is left out.

const STOPS = "button:not(:disabled), a[href], input, textarea, [contenteditable='true'], [tabindex='0']";
/** Where the focus goes in a region; otherwise to the first element that can have it. */
const PREFERRED = ["[aria-current]", "article[tabindex='0']", "textarea", "[contenteditable='true']"];

export function toRegion(step: 1 | -1): void {
  const stops = [...document.querySelectorAll<HTMLElement>("[data-region]")].flatMap((region) => {
    const stop = stopIn(region);
    return stop ? [{ region, stop }] : [];
  });
  const here = document.activeElement?.closest("[data-region]");
  const at = stops.findIndex(({ region }) => region === here);
  const from = at < 0 && step < 0 ? 0 : at;
  stops[(from + step + stops.length) % stops.length]?.stop.focus();
}

function stopIn(region: HTMLElement): HTMLElement | undefined {
  const stops = [...region.querySelectorAll<HTMLElement>(STOPS)].filter(isShown);
  const preferred = PREFERRED.map((selector) => stops.find((stop) => stop.matches(selector)));
  return preferred.find(Boolean) ?? stops[0];
}

const isShown = (element: HTMLElement): boolean =>
  element.checkVisibility({ visibilityProperty: true }) && !element.closest("[inert]");
