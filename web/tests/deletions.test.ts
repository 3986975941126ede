import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Deletions } from "../src/ui/deletions.svelte";
import { Toasts } from "../src/ui/toasts.svelte";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const things = [{ id: "a" }, { id: "b" }];

function begun() {
  const toasts = new Toasts();
  return { toasts, deletions: new Deletions(toasts), send: vi.fn(() => Promise.resolve()) };
}

test("what is deleted is hidden at once, and sent once, when its toast ends", async () => {
  const { toasts, deletions, send } = begun();
  deletions.begin("a", "Deleted.", send);
  expect(deletions.without(things)).toEqual([{ id: "b" }]);
  expect(send).not.toHaveBeenCalled();
  await vi.runAllTimersAsync();
  expect(toasts.shown).toEqual([]);
  await deletions.flush();
  expect(send).toHaveBeenCalledOnce();
});

test("undone, it is shown again and never sent", async () => {
  const { toasts, deletions, send } = begun();
  deletions.begin("a", "Deleted.", send);
  const { id, action } = toasts.shown[0]!;
  action!.act();
  toasts.dismiss(id);
  await vi.runAllTimersAsync();
  expect(deletions.without(things)).toEqual(things);
  expect(send).not.toHaveBeenCalled();
});

test("the next one, and a page that is left, send what waits at once", async () => {
  const { toasts, deletions, send } = begun();
  const next = vi.fn(() => Promise.resolve());
  deletions.begin("a", "Deleted.", send);
  deletions.begin("b", "Deleted.", next);
  expect(send).toHaveBeenCalledOnce();
  expect(next).not.toHaveBeenCalled();
  await deletions.flush();
  expect(next).toHaveBeenCalledOnce();
  expect(toasts.shown).toEqual([]);
});

test("what the server refuses is shown again, with the reason", async () => {
  const { toasts, deletions } = begun();
  deletions.begin("a", "Deleted.", () => Promise.reject(new Error("no")));
  await deletions.flush();
  expect(deletions.without(things)).toEqual(things);
  expect(toasts.shown).toMatchObject([{ kind: "error" }]);
});
