// The push-to-talk key. It works while the page has the focus; while you type, only keys that type nothing work.

const SILENT =
  /^(F\d+|Control|Shift|Alt|Meta|Pause|ScrollLock|Insert|Numpad(?!\d|Decimal|Add|Subtract|Multiply|Divide|Enter))/;

/** Whether a key neither types nor moves anything, so that it may be held while typing. */
export function isSilent(code: string): boolean {
  return SILENT.test(code);
}

export function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof Element && target.closest("input, textarea, select, [contenteditable=true]") !== null
  );
}

/** The key's displayed name. */
export function nameOf(code: string): string {
  return code.replace(/^(Key|Digit)/, "").replace(/([a-z])([A-Z0-9])/g, "$1 $2");
}

export interface TalkKeyEvents {
  code: () => string;
  hold: (isHeld: boolean) => void;
}

/** Follows the key; returns a function that stops it. The key counts as released when the page loses the focus. */
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
