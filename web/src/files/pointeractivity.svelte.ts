// Whether the user pointed at something a moment ago; otherwise the controls over a video are hidden.
const ACTIVE_MS = 2500;

export class PointerActivity {
  isActive = $state(false);
  /** Whether the present touch showed the controls. */
  hasJustStarted = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  readonly note = ({ type, pointerType }: PointerEvent): void => {
    if (type === "pointerdown") this.hasJustStarted = pointerType === "touch" && !this.isActive;
    this.isActive = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.isActive = false), ACTIVE_MS);
  };
}
