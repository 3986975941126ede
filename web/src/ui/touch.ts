// Touch gestures: a long press shows the actions, a swipe opens and closes a side panel.
import type { Attachment } from "svelte/attachments";

const LONG_MS = 450;
const STILL_PX = 10;
const SWIPE_PX = 64;
const SWIPE_MS = 600;

/** These have their own long press. */
const OWN_PRESS = "dialog, a, input, textarea, audio, video";

/** These are dragged or swiped themselves. */
const OWN_SWIPE = "dialog, [popover], input, textarea, audio, video, [contenteditable]";

interface Point {
  x: number;
  y: number;
}

/** Runs when one finger rests; if it answers true, the default action of the press is cancelled. */
export function longPress(act: (target: Element) => boolean): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let from: Point = { x: 0, y: 0 };
    let isLong = false;

    function down({ pointerType, isPrimary, target, clientX, clientY }: PointerEvent) {
      stop();
      if (pointerType !== "touch" || !isPrimary || !(target instanceof Element)) return;
      if (target.closest(OWN_PRESS)) return;
      from = { x: clientX, y: clientY };
      timer = setTimeout(() => {
        isLong = act(target);
      }, LONG_MS);
    }

    function move({ clientX, clientY }: PointerEvent) {
      if (Math.hypot(clientX - from.x, clientY - from.y) > STILL_PX) stop();
    }

    function refuse(event: Event) {
      if (!isLong) return;
      isLong = false;
      event.preventDefault();
      event.stopPropagation();
    }

    /** Some systems send this for a resting finger, before the time is over, and would select a word. */
    function menu(event: Event) {
      if (timer !== undefined) event.preventDefault();
    }

    function stop() {
      clearTimeout(timer);
      timer = undefined;
    }

    const ending = new AbortController();
    const options = { signal: ending.signal };
    element.addEventListener("pointerdown", down, options);
    element.addEventListener("pointermove", move, options);
    for (const end of ["pointerup", "pointercancel"] as const) element.addEventListener(end, stop, options);
    element.addEventListener("contextmenu", menu, options);
    // On the window: what opened under the finger would receive the click.
    addEventListener("pointerdown", () => (isLong = false), { ...options, capture: true });
    addEventListener("click", refuse, { ...options, capture: true });
    return () => {
      stop();
      ending.abort();
    };
  };
}

/** Reports a quick horizontal swipe: 1 to the right, -1 to the left. What scrolls sideways handles its own. */
export function swipes(swiped: (way: 1 | -1) => void): Attachment<HTMLElement> {
  return (element) => {
    let from: (Point & { at: number }) | null = null;

    function start({ touches, target, timeStamp }: TouchEvent) {
      const [finger, other] = touches;
      const isFree = finger && !other && !isWithin(target, OWN_SWIPE) && !scrollsAcross(target);
      from = isFree ? { x: finger.clientX, y: finger.clientY, at: timeStamp } : null;
    }

    function end({ changedTouches: [finger], timeStamp }: TouchEvent) {
      const begun = from;
      from = null;
      if (!begun || !finger || timeStamp - begun.at > SWIPE_MS) return;
      const [across, along] = [finger.clientX - begun.x, finger.clientY - begun.y];
      if (Math.abs(across) > SWIPE_PX && Math.abs(across) > 2 * Math.abs(along)) swiped(across > 0 ? 1 : -1);
    }

    const ending = new AbortController();
    const options = { signal: ending.signal, passive: true };
    element.addEventListener("touchstart", start, options);
    element.addEventListener("touchend", end, options);
    element.addEventListener("touchcancel", () => (from = null), options);
    return () => ending.abort();
  };
}

const isWithin = (target: EventTarget | null, selector: string): boolean =>
  target instanceof Element && target.closest(selector) !== null;

function scrollsAcross(target: EventTarget | null): boolean {
  for (let each = target instanceof Element ? target : null; each; each = each.parentElement)
    if (each.scrollWidth > each.clientWidth && /auto|scroll/.test(getComputedStyle(each).overflowX))
      return true;
  return false;
}
