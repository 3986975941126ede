// Waits with what is far below or above the screen: what nobody sees is not fetched.

/** How far outside the screen, so that it is there when it is scrolled to. */
const MARGIN = "600px";

/** For an element: calls `arrived` once, when it is on the screen or near it. */
export function whenNear(arrived: () => void) {
  return (element: Element) => {
    // Only the margin of scrolling containers counts here, but not every browser knows it.
    const options: IntersectionObserverInit & { scrollMargin: string } = {
      rootMargin: MARGIN,
      scrollMargin: MARGIN,
    };
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      arrived();
    }, options);
    observer.observe(element);
    return () => observer.disconnect();
  };
}
