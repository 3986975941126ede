// The client's appearance and language on this device: colours, contrast, text size, density, motion, language, clock.
// Stored here, because a phone and a desktop differ; what is not chosen follows the system.
//
// The text size is the root's font size, with everything in rem. `zoom` would scale pictures and videos too, and shift
// the positions of the pointer.
import { MediaQuery } from "svelte/reactivity";
import { preferred, setHours, setLanguage, type Hours } from "../text/language.svelte";
import { keep, recall } from "../store/storage";

export type Theme = "auto" | "light" | "dark";

/** Text sizes, relative to the browser's own. */
export const SIZES = [0.875, 1, 1.125, 1.25, 1.5, 2] as const;

const THEME = "coterie-theme";
const CONTRAST = "coterie-contrast";
const SIZE = "coterie-size";
const MOTION = "coterie-motion";
const LANGUAGE = "coterie-language";
const DENSITY = "coterie-density";
const HOURS = "coterie-hours";

/** The language chosen on this device, or the best one for its browser. */
export function firstLanguage(): string {
  return preferred(recall(LANGUAGE));
}

export class Appearance {
  theme = $state<Theme>("auto");
  wantsContrast = $state(recall(CONTRAST) === "high");
  wantsCalm = $state(recall(MOTION) === "less");
  /** Whether messages and lists stand closer together. */
  isCompact = $state(recall(DENSITY) === "compact");
  /** Null follows the language. */
  hours = $state<Hours>(null);
  size = $state(1);
  /** The root's font size in pixels: the browser's own times `size`. */
  rem = $state(remOf(document));
  /** Null follows the browser. */
  language = $state(recall(LANGUAGE));

  private readonly systemContrast = new MediaQuery("prefers-contrast: more");
  private readonly systemCalm = new MediaQuery("prefers-reduced-motion: reduce");
  readonly isCalm = $derived(this.wantsCalm || this.systemCalm.current);
  readonly hasContrast = $derived(this.wantsContrast || this.systemContrast.current);

  constructor() {
    const theme = recall(THEME);
    if (theme === "light" || theme === "dark") this.theme = theme;
    const hours = recall(HOURS);
    if (hours === "h12" || hours === "h23") this.hours = hours;
    setHours(this.hours);
    this.size = SIZES.find((one) => String(one) === recall(SIZE)) ?? 1;
  }

  /** Applies the choices to the page; call this in an effect. */
  show(): void {
    const { dataset, style } = document.documentElement;
    mark(dataset, "theme", this.theme === "auto" ? null : this.theme);
    mark(dataset, "contrast", this.hasContrast ? "high" : null);
    mark(dataset, "motion", this.isCalm ? "less" : null);
    mark(dataset, "density", this.isCompact ? "compact" : null);
    const size = this.size === 1 ? "" : `${this.size * 100}%`;
    if (style.fontSize === size) return;
    style.fontSize = size;
  }

  /**
   * Follows the size of the text, the browser's own too, for which Chromium fires no event; returns a function that stops
   * it. Lists adapt to the text in one frame and to the layout in the next: in between, the browser may scroll them.
   */
  follow(): () => void {
    const probe = document.body.appendChild(document.createElement("span"));
    Object.assign(probe.style, { position: "fixed", width: "1rem", visibility: "hidden" });
    const observer = new ResizeObserver(() => requestAnimationFrame(() => this.measure()));
    observer.observe(probe);
    return () => {
      observer.disconnect();
      probe.remove();
    };
  }

  private measure(): void {
    const rem = remOf(document);
    if (rem === this.rem) return;
    this.rem = rem;
    remeasure();
  }

  choose(theme: Theme): void {
    this.theme = theme;
    keep(THEME, theme === "auto" ? null : theme);
  }

  chooseContrast(isHigh: boolean): void {
    this.wantsContrast = isHigh;
    keep(CONTRAST, isHigh ? "high" : null);
  }

  chooseCalm(isCalm: boolean): void {
    this.wantsCalm = isCalm;
    keep(MOTION, isCalm ? "less" : null);
  }

  chooseDensity(isCompact: boolean): void {
    this.isCompact = isCompact;
    keep(DENSITY, isCompact ? "compact" : null);
  }

  chooseHours(hours: Hours): void {
    this.hours = hours;
    setHours(hours);
    keep(HOURS, hours);
  }

  chooseSize(size: number): void {
    this.size = size;
    keep(SIZE, size === 1 ? null : String(size));
  }

  async chooseLanguage(code: string | null): Promise<void> {
    await setLanguage(preferred(code));
    this.language = code;
    keep(LANGUAGE, code);
  }
}

function mark(dataset: DOMStringMap, name: string, value: string | null): void {
  if (value === null) delete dataset[name];
  else dataset[name] = value;
}

const remOf = ({ documentElement }: Document): number =>
  parseFloat(getComputedStyle(documentElement).fontSize);

/** Chromium keeps the rem with which it first measured container queries until the page becomes a new container. */
function remeasure(): void {
  const { style } = document.body;
  style.containerType = "normal";
  void getComputedStyle(document.body).containerType; // styles alone: a layout between the two could scroll lists
  style.containerType = "";
}
