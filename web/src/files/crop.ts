// Which square of a picture is shown.

export interface Framing {
  /** 1 shows as much as fits, 4 a quarter of that. */
  zoom: number;
  /** From 0, all the way to the left or top, to 1. */
  across: number;
  down: number;
}

export interface Square {
  left: number;
  top: number;
  size: number;
}

export const CENTRE: Framing = { zoom: 1, across: 0.5, down: 0.5 };

const within = (value: number): number => Math.min(1, Math.max(0, value));

export function squareOf(width: number, height: number, { zoom, across, down }: Framing): Square {
  const size = Math.min(width, height) / zoom;
  return { left: (width - size) * across, top: (height - size) * down, size };
}

/** After the picture was dragged to the right and down, by a part of the stage's width. */
export function pulled(width: number, height: number, framing: Framing, by: [number, number]): Framing {
  const { size } = squareOf(width, height, framing);
  const moved = (place: number, room: number, part: number) =>
    room > 0 ? within(place - (part * size) / room) : place;
  return {
    zoom: framing.zoom,
    across: moved(framing.across, width - size, by[0]),
    down: moved(framing.down, height - size, by[1]),
  };
}
