// What fingers, the mouse and the wheel do to a picture: drag, pinch, zoom, double tap, swipe to the next one, pull
// down to close.
import type { Point, Zoom } from "./zoom.svelte";

const WHEEL = 0.002;
const TWICE = 2.5;
const TWICE_MS = 300;
const TWICE_PX = 40;
const SWIPE_PX = 60;
const AWAY_PX = 110;
const STILL_PX = 4;
const LINE_PX = 16;
const NOWHERE: Point = { x: 0, y: 0 };

export interface Handlers {
  zoom: Zoom;
  /** How far a finger has dragged the picture from its place; null when it lets go. */
  pull: (to: Point | null) => void;
  /** Swiped towards the picture on the right (1) or on the left (-1). */
  step: (by: 1 | -1) => void;
  /** Pulled down far enough and let go. */
  dismiss: () => void;
}

/** A Svelte action for the element around the picture. */
export function gestures(room: HTMLElement, handlers: Handlers): { destroy: () => void } {
  const { zoom } = handlers;
  const fingers = new Map<number, Point>();
  let way = NOWHERE;
  let isPinch = false;
  let isTouch = false;
  let tapped = { ...NOWHERE, at: -Infinity };

  const fromMiddle = ({ clientX, clientY }: MouseEvent): Point => {
    const box = room.getBoundingClientRect();
    return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 };
  };

  function down(event: PointerEvent) {
    if (event.button !== 0) return;
    if (fingers.size === 0) {
      way = NOWHERE;
      isPinch = false;
      isTouch = event.pointerType === "touch";
    }
    fingers.set(event.pointerId, fromMiddle(event));
    isPinch ||= fingers.size > 1;
    if (isPinch) handlers.pull(null);
  }

  function move(event: PointerEvent) {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = fromMiddle(event);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) zoom.by(distance(now, other) / Math.max(1, distance(before, other)), middle(now, other));
    zoom.move((now.x - before.x) / fingers.size, (now.y - before.y) / fingers.size);
    fingers.set(event.pointerId, now);
    way = { x: way.x + now.x - before.x, y: way.y + now.y - before.y };
    // Only once it moves: capturing the pointer earlier would redirect a plain click.
    if (isDrag() && !room.hasPointerCapture(event.pointerId)) room.setPointerCapture(event.pointerId);
    if (isDrag() && isPull())
      handlers.pull(isAcross() ? { x: way.x, y: 0 } : { x: 0, y: Math.max(0, way.y) });
  }

  function up(event: PointerEvent) {
    if (!fingers.delete(event.pointerId) || fingers.size) return;
    if (isPull() && isDrag()) letGo();
    else if (isTouch && !isDrag()) tap(event);
  }

  function letGo() {
    handlers.pull(null);
    if (isAcross() && Math.abs(way.x) > SWIPE_PX) handlers.step(way.x < 0 ? 1 : -1);
    else if (!isAcross() && way.y > AWAY_PX) handlers.dismiss();
  }

  function cancel({ pointerId }: PointerEvent) {
    if (fingers.delete(pointerId)) handlers.pull(null);
  }

  /** Not every phone reports two taps as a double click. */
  function tap(event: PointerEvent) {
    const here = fromMiddle(event);
    const isSecond = event.timeStamp - tapped.at < TWICE_MS && distance(here, tapped) < TWICE_PX;
    tapped = { ...here, at: isSecond ? -Infinity : event.timeStamp };
    if (isSecond) enlarge(here);
  }

  const isDrag = () => isPinch || Math.abs(way.x) + Math.abs(way.y) > STILL_PX;
  const isPull = () => isTouch && !isPinch && !zoom.isIn;
  const isAcross = () => Math.abs(way.x) > Math.abs(way.y);

  /** The click at the end of a drag must not close the viewer. */
  function click(event: MouseEvent) {
    if (isDrag()) event.stopPropagation();
  }

  function wheel(event: WheelEvent) {
    event.preventDefault();
    const turned = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE_PX : event.deltaY;
    zoom.by(Math.exp(-turned * (event.ctrlKey ? 4 : 1) * WHEEL), fromMiddle(event));
  }

  function enlarge(at: Point) {
    if (zoom.isIn) zoom.reset();
    else zoom.by(TWICE, at);
  }

  const ending = new AbortController();
  const options = { signal: ending.signal };
  room.addEventListener("pointerdown", down, options);
  room.addEventListener("pointermove", move, options);
  room.addEventListener("pointerup", up, options);
  room.addEventListener("pointercancel", cancel, options);
  room.addEventListener("click", click, { ...options, capture: true });
  room.addEventListener("wheel", wheel, { ...options, passive: false });
  room.addEventListener("dblclick", (event) => isTouch || enlarge(fromMiddle(event)), options);
  return { destroy: () => ending.abort() };
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
