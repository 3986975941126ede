import { ChangeSet } from "@codemirror/state";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Failure } from "../../src/api/failure";
import { Delivery } from "../../src/documents/delivery";
import { contentOf, textOf } from "../../src/documents/points";
import { Replica, type Edit } from "../../src/documents/replica";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function write(replica: Replica, text: string): void {
  const length = replica.text.length;
  replica.write(ChangeSet.of({ from: length, insert: textOf(text) }, length));
}

/** A copy whose edits receive the given responses, one after the other. */
function copy() {
  const replica = Replica.begin("ann", ["root"], "");
  const sent: Edit[] = [];
  const answers: { resolve: (frontier: string[]) => void; reject: (failure: Failure) => void }[] = [];
  const told: string[] = [];
  const put = (edit: Edit): Promise<string[]> => {
    sent.push(edit);
    return new Promise((resolve, reject) => answers.push({ resolve, reject }));
  };
  const delivery = new Delivery(put, {
    next: () => (replica.isDirty ? replica : null),
    keep: () => Promise.resolve(),
    taken: () => told.push("taken"),
    stuck: () => told.push("stuck"),
    refused: () => told.push("refused"),
    idle: () => told.push("rested"),
  });
  return { replica, sent, answers, told, delivery };
}

const versions = (edits: Edit[]): string[] => edits.map(({ version }) => version);
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

test("one edit is under way at a time, and what is written meanwhile goes as one", async () => {
  const { replica, sent, answers, told, delivery } = copy();
  write(replica, "a");
  delivery.soon();
  await pass(100);
  for (const letter of "bcd") {
    write(replica, letter);
    delivery.soon();
    await pass(100);
  }
  expect(versions(sent)).toEqual(["ann-0"]);
  answers[0]!.resolve(["ann-0"]);
  await pass(100);
  expect(versions(sent)).toEqual(["ann-0", "ann-3"]);
  answers[1]!.resolve(["ann-3"]);
  await pass(100);
  expect([told, replica.isDirty, delivery.isUnderWay]).toEqual([["taken", "taken", "rested"], false, false]);
});

test("somebody who types without a pause is not kept from the others", async () => {
  const { replica, sent, delivery } = copy();
  for (const letter of "abcdefgh") {
    write(replica, letter);
    delivery.soon();
    await pass(20);
  }
  expect(versions(sent)).toEqual(["ann-2"]);
});

test("what is written meanwhile does not hasten the next attempt", async () => {
  const { replica, sent, answers, delivery } = copy();
  write(replica, "a");
  delivery.soon();
  await pass(100);
  answers[0]!.reject(new Failure(429, "rate_limited", "", {}, 5));
  await pass(0);
  write(replica, "b");
  delivery.soon();
  await pass(4_000);
  expect(sent).toHaveLength(1);
  await pass(2_000);
  expect(sent).toHaveLength(2);
});

test("what failed in passing is sent again as it was, and what is refused is not", async () => {
  const { replica, sent, answers, told, delivery } = copy();
  write(replica, "a");
  delivery.retryNow();
  await pass(10);
  answers[0]!.reject(new Failure(0, "unreachable", ""));
  await pass(120_000);
  expect(sent).toHaveLength(2);
  expect(sent[1]).toEqual(sent[0]);
  answers[1]!.reject(new Failure(550, "edit_impossible", ""));
  await pass(120_000);
  expect([sent.length, told]).toEqual([2, ["stuck", "rested", "refused", "rested"]]);
});

test("who was behind waits for what others wrote before the next edit", async () => {
  const { replica, sent, answers, delivery } = copy();
  write(replica, "a");
  delivery.retryNow();
  await pass(10);
  answers[0]!.resolve(["ann-0", "bob-0"]);
  write(replica, "b");
  await pass(1_000);
  expect(sent).toHaveLength(1);
  delivery.moved!();
  await pass(10);
  expect(sent).toHaveLength(2);
});

/** Two edits that were sent without a response. */
function unanswered() {
  const made = copy();
  for (const word of ["one ", "two"]) {
    write(made.replica, word);
    made.replica.seal();
  }
  const settling = made.delivery.settle(made.replica, new AbortController().signal);
  return { ...made, settling };
}

test("an edit that the server has is not written again on its whole text", async () => {
  const { replica, sent, answers, settling } = unanswered();
  answers[0]!.resolve(["ann-3"]);
  await pass(0);
  answers[1]!.reject(new Failure(425, "unknown_parents", ""));
  await settling;
  expect(versions(sent)).toEqual(["ann-3", "ann-6"]);
  replica.receive({ version: ["ann-3"], parents: [], body: "one ", patches: [] });
  expect(contentOf(replica.text)).toBe("one two");
});

test("where the server has none of them all are written again", async () => {
  const { replica, sent, answers, settling } = unanswered();
  answers[0]!.reject(new Failure(425, "unknown_parents", ""));
  await settling;
  expect(sent).toHaveLength(1);
  replica.receive({ version: ["z-0"], parents: [], body: "zero ", patches: [] });
  expect(contentOf(replica.text)).toBe("zero one two");
});

test("whole text is not taken while it is not known what the server has", async () => {
  const { answers, settling } = unanswered();
  answers[0]!.reject(new Failure(503, "overloaded", ""));
  await expect(settling).rejects.toBeInstanceOf(Failure);
});
