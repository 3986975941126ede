// What fingers, the mouse and the wheel do to a picture: drag, pinch, turn, press twice, and wipe to the next one.
import type { Point, Zoom } from "./zoom.svelte";

const WHEEL = 0.002;
const TWICE = 2.5;
const WIPE_PX = 60;
const STILL_PX = 4;
const LINE_PX = 16;

export interface Wishes {
  zoom: Zoom;
  /** The next picture (1) or the one before (-1), as the hand moves. */
  step: (by: 1 | -1) => void;
}

/** For a Svelte `use:` on the room around the picture. */
export function gestures(room: HTMLElement, wishes: Wishes): { destroy: () => void } {
  const { zoom, step } = wishes;
  const fingers = new Map<number, Point>();
  let way: Point = { x: 0, y: 0 };
  let isPinch = false;

  const fromMiddle = ({ clientX, clientY }: MouseEvent): Point => {
    const box = room.getBoundingClientRect();
    return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 };
  };

  function down(event: PointerEvent) {
    if (event.button !== 0) return;
    if (fingers.size === 0) {
      way = { x: 0, y: 0 };
      isPinch = false;
    }
    fingers.set(event.pointerId, fromMiddle(event));
    isPinch ||= fingers.size > 1;
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
    // Not before it moves: a press that is caught is no click on what it hits.
    if (isDrag() && !room.hasPointerCapture(event.pointerId)) room.setPointerCapture(event.pointerId);
  }

  function up(event: PointerEvent) {
    if (!fingers.delete(event.pointerId) || fingers.size || isPinch || zoom.isIn) return;
    const isWipe = event.pointerType === "touch" && Math.abs(way.x) > WIPE_PX;
    if (isWipe && Math.abs(way.x) > 2 * Math.abs(way.y)) step(way.x < 0 ? 1 : -1);
  }

  const isDrag = () => isPinch || Math.abs(way.x) + Math.abs(way.y) > STILL_PX;

  /** The end of a drag is no click. */
  function click(event: MouseEvent) {
    if (isDrag()) event.stopPropagation();
  }

  function wheel(event: WheelEvent) {
    event.preventDefault();
    const turned = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE_PX : event.deltaY;
    zoom.by(Math.exp(-turned * (event.ctrlKey ? 4 : 1) * WHEEL), fromMiddle(event));
  }

  function twice(event: MouseEvent) {
    if (zoom.isIn) zoom.reset();
    else zoom.by(TWICE, fromMiddle(event));
  }

  const ending = new AbortController();
  const options = { signal: ending.signal };
  room.addEventListener("pointerdown", down, options);
  room.addEventListener("pointermove", move, options);
  for (const end of ["pointerup", "pointercancel"] as const) room.addEventListener(end, up, options);
  room.addEventListener("click", click, { ...options, capture: true });
  room.addEventListener("wheel", wheel, { ...options, passive: false });
  room.addEventListener("dblclick", twice, options);
  return { destroy: () => ending.abort() };
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
