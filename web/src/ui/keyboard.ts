// Some telephones lay their keyboard over the page, and push what is written to out of its place. Where that happens
// the page takes the height that is left to be seen (`--seen`); the others make the page shorter by themselves.

/** No bar of a browser is as high as that, and no keyboard as low. */
const LEAST_PX = 120;

/** For an $effect: follows the keyboard until what it gives back is called. */
export function followKeyboard(): (() => void) | undefined {
  const seen = window.visualViewport;
  if (!seen) return undefined;
  const page = document.documentElement;

  function fit() {
    const isEnlarged = seen!.scale > 1.01;
    const isCovered = !isEnlarged && page.clientHeight - seen!.height > LEAST_PX;
    page.style.setProperty("--seen", isCovered ? `${seen!.height}px` : null);
    if (isCovered) scrollTo(0, 0);
  }

  seen.addEventListener("resize", fit);
  return () => seen.removeEventListener("resize", fit);
}
