// How much a picture is enlarged, and how far it is moved from the middle. An enlarged picture leaves no gap at an edge
// of its room as long as it is larger than the room.
export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

const MOST = 8;

/** Below this scale the picture snaps back to its whole size. */
const NEARLY_WHOLE = 1.02;

export class Zoom {
  scale = $state(1);
  x = $state(0);
  y = $state(0);

  /** `picture` is its size before zooming. */
  constructor(
    private readonly picture: () => Size,
    private readonly room: () => Size,
  ) {}

  get isIn(): boolean {
    return this.scale > 1;
  }

  /** The point of the picture at `at`, measured from the middle of the room, stays where it is. */
  by(factor: number, at: Point = { x: 0, y: 0 }): void {
    const wanted = Math.min(this.scale * factor, MOST);
    const scale = wanted < NEARLY_WHOLE ? 1 : wanted;
    const ratio = scale / this.scale;
    this.scale = scale;
    this.to(at.x - (at.x - this.x) * ratio, at.y - (at.y - this.y) * ratio);
  }

  move(x: number, y: number): void {
    this.to(this.x + x, this.y + y);
  }

  reset(): void {
    this.scale = 1;
    this.x = this.y = 0;
  }

  private to(x: number, y: number): void {
    const picture = this.picture();
    const room = this.room();
    this.x = within(x, picture.width * this.scale - room.width);
    this.y = within(y, picture.height * this.scale - room.height);
  }
}

const within = (value: number, excess: number): number => {
  const most = Math.max(0, excess / 2);
  return Math.min(Math.max(value, -most), most);
};
