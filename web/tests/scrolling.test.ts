// The model of where the reader is, over a list of rows with known heights.
import { beforeEach, expect, test, vi } from "vitest";
import { Scrolling, type View } from "../src/messages/scrolling.svelte";

const AUTHOR_PX = 20;
let heights: Record<string, number>;
let width: number;
let height: number;
let top: number;
let box: { row: string; height: number } | null;
let isLoaded: boolean;
let isPresent: boolean;
let scrolling: Scrolling;

const whole = () =>
  Math.max(
    height,
    Object.values(heights).reduce((sum, each) => sum + each, 0),
  );

/** As the browser: what cannot be scrolled to is not scrolled to. */
const clamp = (wanted: number) => Math.max(0, Math.min(wanted, whole() - height));

function bottomOf(key: string): number | undefined {
  if (!(key in heights)) return undefined;
  let bottom = -top;
  for (const [row, each] of Object.entries(heights)) {
    bottom += each;
    if (row === key) break;
  }
  return bottom;
}

const view: View = {
  extent: () => ({ top, width, height, whole: whole() }),
  rows: () =>
    Object.keys(heights)
      .map((key) => ({ key, message: key, bottom: bottomOf(key)! }))
      .filter(({ key, bottom }) => bottom > 0 && bottom - heights[key]! < height),
  bottomOf,
  bottomOfMessage: bottomOf,
  typedIn() {
    const bottom = box ? bottomOf(box.row)! : 0;
    return box ? { top: bottom - box.height, bottom } : undefined;
  },
  scrollTo: (wanted) => (top = clamp(wanted)),
};

const rows = (from: number, count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`row ${from + at}`, 50]));

/** Something else than the reader changes the list. */
function change(what: () => void) {
  scrolling.note();
  what();
  top = clamp(top);
  scrolling.changed();
}

function read(to: number) {
  top = clamp(to);
  scrolling.moved();
}

const fromEnd = () => whole() - height - top;

beforeEach(() => {
  [heights, width, height, top, box] = [rows(100, 20), 600, 400, 0, null];
  [isLoaded, isPresent] = [true, true];
  scrolling = new Scrolling(
    view,
    () => isLoaded,
    () => isPresent,
  );
  scrolling.changed();
});

test("begins at the end, and stays there whatever changes", () => {
  expect(fromEnd()).toBe(0);
  for (const what of [
    () => (heights["row 120"] = 70),
    () => (height = 200),
    () => (height = 700),
    () => (heights["row 110"] = 90),
    () => delete heights["row 119"],
    () => (heights = { ...rows(50, 50), ...heights }),
  ]) {
    change(what);
    expect(fromEnd()).toBe(0);
    expect(scrolling.position).toBe("end");
  }
});

test("nothing that is not loaded ends being at the end", () => {
  [heights, isLoaded, isPresent, top] = [{ skeleton: 536 }, false, false, 0];
  scrolling = new Scrolling(
    view,
    () => isLoaded,
    () => isPresent,
  );
  scrolling.changed();
  read(20);
  expect(scrolling.position).toBe("end");
  change(() => ([heights, isLoaded, isPresent] = [rows(0, 40), true, true]));
  expect(fromEnd()).toBe(0);
});

test("a row that is read stays where it is", () => {
  read(430);
  const bottom = bottomOf("row 108");
  for (const what of [
    () => (heights["row 120"] = 70),
    () => (heights = { ...rows(50, 50), ...heights }),
    () => (heights["row 101"] = 300),
    () => (height = 200),
    () => (heights["row 108"] = 50 - AUTHOR_PX),
    () => (height = 420),
  ]) {
    change(what);
    expect(bottomOf("row 108")).toBe(bottom);
    expect(scrolling.position).not.toBe("end");
  }
});

test("a row stays where it is when the list was short for a moment, and then has another width", () => {
  read(100);
  expect(bottomOf("row 102")).toBe(50);
  change(() => {
    top = 40; // as far as it could be scrolled in that moment
    [heights, width] = [Object.fromEntries(Object.keys(heights).map((key) => [key, 90])), 240];
  });
  expect(bottomOf("row 102")).toBe(50);
});

test("if the row is deleted, the next one stays", () => {
  read(430);
  const bottom = bottomOf("row 109");
  change(() => delete heights["row 108"]);
  expect(bottomOf("row 109")).toBe(bottom);
});

test("the reader moves on while the rows move", () => {
  read(430);
  const bottom = bottomOf("row 110")!;
  top += 30;
  heights["row 100"] = 90;
  scrolling.changed();
  expect(bottomOf("row 110")).toBe(bottom - 30);
});

test("the browser scrolls what became shorter, and the row returns when there is room", () => {
  read(430);
  const bottom = bottomOf("row 108");
  change(() => (height = 900));
  expect(bottomOf("row 108")).not.toBe(bottom);
  expect(scrolling.seesEnd).toBe(true);
  change(() => (height = 400));
  expect(bottomOf("row 108")).toBe(bottom);
});

test("scrolling to the end ends at the end, unless newer messages are not held", () => {
  read(430);
  isPresent = false;
  read(600);
  expect(scrolling.position).not.toBe("end");
  expect(scrolling.seesEnd).toBe(false);
  read(500);
  isPresent = true;
  read(600);
  expect(scrolling.position).toBe("end");
});

test("a box that is typed in is shown, and the end is the end again afterwards", () => {
  change(() => {
    heights["row 111"] = 130;
    box = { row: "row 111", height: 120 };
  });
  expect(bottomOf("row 111")! - 120).toBeGreaterThanOrEqual(0);
  expect(bottomOf("row 111")).toBeLessThanOrEqual(height);
  change(() => (height = 250)); // a phone's keyboard
  expect(bottomOf("row 111")).toBeLessThanOrEqual(height);
  change(() => {
    heights["row 111"] = 50;
    box = null;
  });
  expect(fromEnd()).toBe(0);
});

test("a reader who scrolls away from the box is not brought back", () => {
  change(() => {
    heights["row 119"] = 130;
    box = { row: "row 119", height: 120 };
  });
  read(0);
  change(() => (heights["row 120"] = 50));
  expect(top).toBe(0);
});

test("a list that is shown again stands where it was, at the sizes of the frame that shows it", () => {
  let report = () => {};
  const [observe, disconnect, measured] = [vi.fn(), vi.fn(), vi.fn()];
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe = observe;
      disconnect = disconnect;
      constructor(told: () => void) {
        report = told;
      }
    },
  );
  read(300);
  const stood = bottomOf("row 107")!;
  height = 0; // hidden
  scrolling.changed();
  [heights, height, top] = [{ ...rows(95, 5), ...heights }, 335, 0]; // and the browser forgot where it was
  const stop = scrolling.follow({} as HTMLElement, measured);
  scrolling.note();
  scrolling.changed();
  expect(top).toBe(0); // it is not measured before
  report();
  expect(bottomOf("row 107")).toBe(stood);
  expect(measured).toHaveBeenCalledTimes(1);
  stop();
  expect(disconnect).toHaveBeenCalledTimes(1);
  vi.unstubAllGlobals();
});
