import { expect, test } from "vitest";
import { Failure } from "../src/api/failure";
import { Draft } from "../src/ui/draft.svelte";
import { Unsaved } from "../src/ui/unsaved.svelte";

test("what others change is followed where nothing was typed, and what was typed is kept", () => {
  const draft = new Draft(() => ({ name: "Club", topic: "Tea" }));
  expect(draft.isChanged).toBe(false);
  draft.values.name = "Pub";
  expect(draft.isChanged).toBe(true);
  draft.follow({ name: "Bar", topic: "Ale" });
  expect(draft.values).toEqual({ name: "Pub", topic: "Ale" });
  draft.reset();
  expect(draft.values).toEqual({ name: "Bar", topic: "Ale" });
  expect(draft.isChanged).toBe(false);
});

test("what was saved is no change any more; what was refused still is, and says where", async () => {
  const draft = new Draft(() => ({ name: "Club", topic: "Tea" }));
  draft.values.name = "";
  await draft.save(() => Promise.reject(new Failure(400, "invalid", "No.", { name: "Needs a name." })));
  expect(draft).toMatchObject({
    isChanged: true,
    isSaved: false,
    problem: "",
    fields: { name: "Needs a name." },
  });
  draft.values.name = "Pub";
  await draft.save(() => Promise.reject(new Failure(503, "busy", "Later.")));
  expect(draft).toMatchObject({ isChanged: true, problem: "Later.", fields: {} });
  await draft.save(() => Promise.resolve());
  expect(draft).toMatchObject({ isChanged: false, isSaved: true, problem: "", isBusy: false });
});

test("nobody leaves what is not saved without deciding", () => {
  const unsaved = new Unsaved();
  let isChanged = false;
  const end = unsaved.watch(() => isChanged);
  expect(unsaved.mayLeave()).toBe(true);
  isChanged = true;
  expect(unsaved.mayLeave()).toBe(false);
  expect(unsaved.isInsisting).toBe(true);
  end();
  expect(unsaved.mayLeave()).toBe(true);
});
