// The key that is held to talk. It works while the page has the focus; while one writes, only keys that type nothing do.

const SILENT =
  /^(F\d+|Control|Shift|Alt|Meta|Pause|ScrollLock|Insert|Numpad(?!\d|Decimal|Add|Subtract|Multiply|Divide|Enter))/;

/** Whether a key types nothing and moves nothing, so that it may be held while writing. */
export function isSilent(code: string): boolean {
  return SILENT.test(code);
}

export function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof Element && target.closest("input, textarea, select, [contenteditable=true]") !== null
  );
}

/** The key's name for people. */
export function nameOf(code: string): string {
  return code.replace(/^(Key|Digit)/, "").replace(/([a-z])([A-Z0-9])/g, "$1 $2");
}

export interface TalkKeyEvents {
  code: () => string;
  hold: (isHeld: boolean) => void;
}

/** Follows the key until the answer is called. It counts as let go when the page loses the focus. */
export function followTalkKey({ code, hold }: TalkKeyEvents): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const release = () => hold(false);
  addEventListener(
    "keydown",
    (event) => {
      if (event.code !== code() || (isWriting(event.target) && !isSilent(event.code))) return;
      event.preventDefault();
      if (!event.repeat) hold(true);
    },
    { signal },
  );
  addEventListener("keyup", (event) => event.code === code() && release(), { signal });
  addEventListener("blur", release, { signal });
  document.addEventListener("visibilitychange", release, { signal });
  return () => stop.abort();
}
