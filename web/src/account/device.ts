// The device or program of a session, in words, as far as its user agent says.

const BROWSERS: [RegExp, string][] = [
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(HeadlessChrome|Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];

const SYSTEMS: [RegExp, string][] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

export interface Device {
  /** The browser, or the program's own name; null if the user agent has none. */
  program: string | null;
  system: string | null;
  isHandheld: boolean;
}

export function deviceOf(agent: string): Device {
  const found = (table: [RegExp, string][]) => table.find(([pattern]) => pattern.test(agent))?.[1] ?? null;
  const own = /^[^\s/]+/.exec(agent)?.[0] ?? null;
  return {
    program: agent.startsWith("Mozilla/") ? found(BROWSERS) : own,
    system: found(SYSTEMS),
    isHandheld: /\biPhone\b|\biPad\b|\bAndroid\b/.test(agent),
  };
}
