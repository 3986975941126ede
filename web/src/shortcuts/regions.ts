// The regions of the screen that F6 steps through, and where the focus goes in each.

const REGIONS = [
  ".shell nav",
  ".sidebar nav",
  "main header",
  "main [role=log]",
  "main #composer",
  "aside",
  "section[data-panel]",
];
const STOPS = "button:not(:disabled), a[href], input, textarea, [tabindex='0']";

export function toRegion(step: 1 | -1): void {
  const regions = REGIONS.flatMap((selector) => [...document.querySelectorAll<HTMLElement>(selector)]).filter(
    (each) => each.checkVisibility(),
  );
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  const from = at < 0 && step < 0 ? 0 : at;
  for (let count = 1; count <= regions.length; count++) {
    const region = regions[(from + step * count + regions.length * 2) % regions.length]!;
    const stop = stopIn(region);
    if (!stop) continue;
    stop.focus();
    return;
  }
}

/** The current item in it, the tab stop of a list, or the first focusable element. */
function stopIn(region: HTMLElement): HTMLElement | null {
  if (region.matches(STOPS)) return region;
  return (
    region.querySelector<HTMLElement>("[aria-current]") ??
    region.querySelector<HTMLElement>("article[tabindex='0']") ??
    [...region.querySelectorAll<HTMLElement>(STOPS)].find((each) => each.checkVisibility()) ??
    null
  );
}
