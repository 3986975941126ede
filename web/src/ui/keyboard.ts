// Some telephones lay their keyboard over the page, and push what is written to out of its place. Where that happens
// the page takes the height that is left to be seen (`--seen`), and what stands at its lower edge comes up by what is
// covered (`--covered`); the others make the page shorter by themselves.

/** No bar of a browser is as high as that, and no keyboard as low. */
const LEAST_PX = 120;

/** For an $effect: follows the keyboard until what it gives back is called. */
export function followKeyboard(): (() => void) | undefined {
  const seen = window.visualViewport;
  if (!seen) return undefined;
  const page = document.documentElement;

  function fit() {
    const isEnlarged = seen!.scale > 1.01;
    const covered = page.clientHeight - seen!.height;
    const isCovered = !isEnlarged && covered > LEAST_PX;
    page.style.setProperty("--seen", isCovered ? `${seen!.height}px` : null);
    page.style.setProperty("--covered", isCovered ? `${covered}px` : null);
    if (!isCovered) return;
    showField();
    scrollTo(0, 0);
  }

  /** Going on to another field pushes the page again. */
  function settle() {
    if (page.style.getPropertyValue("--seen") && seen!.offsetTop > 0) scrollTo(0, 0);
  }

  seen.addEventListener("resize", fit);
  seen.addEventListener("scroll", settle);
  return () => {
    seen.removeEventListener("resize", fit);
    seen.removeEventListener("scroll", settle);
  };
}

/** A dialog that became lower may have hidden the field in which one writes. */
function showField() {
  const field = document.activeElement;
  if (field?.matches("input, textarea")) field.scrollIntoView({ block: "nearest" });
}
