// Some phones place their keyboard over the page, and scroll the field out of position. In that case the page takes the
// visible height (`--seen`), and what is at its lower edge moves up by the covered height (`--covered`); other phones
// resize the page themselves.

/** No browser toolbar is this high, and no keyboard is lower. */
const LEAST_PX = 120;

/** For an $effect: follows the keyboard; returns a function that stops it. */
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

  /** Moving to another field scrolls the page again. */
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

/** A dialog that became lower may have hidden the focused field. The message list shows its own. */
function showField() {
  const field = document.activeElement;
  if (field?.matches(":is(input, textarea):not([data-typed-in] *)"))
    field.scrollIntoView({ block: "nearest" });
}
