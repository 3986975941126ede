// Moves a floating element with the pointer; when it is let go, it goes to the nearest corner of what it floats in.
import type { Attachment } from "svelte/attachments";
import { direction } from "../text/direction";
import type { Corner } from "./callview.svelte";

/** How far it was moved, in pixels. */
export interface Dragged {
  x: number;
  y: number;
}

export interface DragEvents {
  moved: (by: Dragged | null) => void;
  dropped: (corner: Corner) => void;
}

/** A pointer that moves less than this has pressed what is below it. */
const SLACK = 6;

export function follow({ moved, dropped }: DragEvents): Attachment<HTMLElement> {
  return (handle) => {
    let from: Dragged | null = null;
    let isMoving = false;
    const stop = new AbortController();
    const on = <Name extends keyof HTMLElementEventMap>(
      name: Name,
      act: (event: HTMLElementEventMap[Name]) => void,
      capture = false,
    ) => handle.addEventListener(name, act, { signal: stop.signal, capture });

    on("pointerdown", ({ clientX, clientY, isPrimary, button }) => {
      if (isPrimary && button === 0) from = { x: clientX, y: clientY };
      isMoving = false;
    });
    on("pointermove", ({ clientX, clientY, pointerId }) => {
      if (!from) return;
      const by = { x: clientX - from.x, y: clientY - from.y };
      if (!isMoving && Math.hypot(by.x, by.y) < SLACK) return;
      isMoving = true;
      handle.setPointerCapture(pointerId);
      moved(by);
    });
    on("pointerup", () => {
      if (isMoving) dropped(nearestCorner(handle));
      from = null;
      moved(null);
    });
    on("pointercancel", () => {
      from = null;
      moved(null);
    });
    // Letting go after a move presses nothing.
    on("click", (event) => isMoving && event.stopPropagation(), true);
    return () => stop.abort();
  };
}

function nearestCorner(handle: HTMLElement): Corner {
  const box = handle.getBoundingClientRect();
  const around =
    handle.offsetParent?.parentElement?.getBoundingClientRect() ?? document.body.getBoundingClientRect();
  const isLow = box.top + box.height / 2 > around.top + around.height / 2;
  const isRight = box.left + box.width / 2 > around.left + around.width / 2;
  return `${isLow ? "end" : "start"}-${isRight === (direction() === "ltr") ? "end" : "start"}`;
}
