// Small preferences of one user, stored in this browser until they log out.
import { keep, recall } from "./storage";
import type { Id } from "../api/types";

const PREFIX = "coterie-own-";
const keyOf = (user: Id, name: string): string => `${PREFIX}${user}-${name}`;

/** A list of strings, newest first. */
export function listOf(user: Id, name: string): string[] {
  try {
    const value: unknown = JSON.parse(recall(keyOf(user, name)) ?? "[]");
    return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

export function keepList(user: Id, name: string, words: readonly string[]): void {
  keep(keyOf(user, name), JSON.stringify(words));
}

/** Puts a string at the head of a list, of which only the newest are kept. */
export function remember(user: Id, name: string, word: string, most: number): void {
  const rest = listOf(user, name).filter((each) => each !== word);
  keepList(user, name, [word, ...rest].slice(0, most));
}
