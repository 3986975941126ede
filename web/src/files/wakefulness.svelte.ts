// Whether somebody has pointed at something a moment ago: what lies over a picture that moves goes away else.
const AWAKE_MS = 2500;

export class Wakefulness {
  isAwake = $state(false);
  /** Whether the touch that goes on now is what woke it. */
  hasJustWoken = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  readonly wake = ({ type, pointerType }: PointerEvent): void => {
    if (type === "pointerdown") this.hasJustWoken = pointerType === "touch" && !this.isAwake;
    this.isAwake = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.isAwake = false), AWAKE_MS);
  };
}
