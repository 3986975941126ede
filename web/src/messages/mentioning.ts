// Whom a message calls, and where in its text that is shown.
import type { Message } from "../api/types";
import type { Application } from "../store/application.svelte";

/** The names behind an @ that are shown as a call, in small letters. */
export function namesCalled(app: Application, message: Message | null): ReadonlySet<string> {
  if (!message) return new Set();
  const names = (message.mention_user_ids ?? []).map((id) => app.people.of(id)?.username.toLowerCase() ?? "");
  if (message.mention_everyone) names.push("everyone");
  if (message.mention_here) names.push("here");
  return new Set(names);
}

export function callsMe(app: Application, message: Message | null, server: string): boolean {
  const me = app.user?.id ?? "";
  if (!message || message.author_id === me) return false;
  const roles = app.community.member(server, me)?.roles ?? [];
  return Boolean(
    message.mention_everyone ||
    message.mention_here ||
    message.mention_user_ids?.includes(me) ||
    roles.some((role) => message.mention_role_ids?.includes(role.id)),
  );
}

export interface Word {
  text: string;
  isCall: boolean;
}

/** A text in pieces, those that call somebody apart. */
export function wordsOf(text: string, names: ReadonlySet<string>): Word[] {
  if (!names.size) return [{ text, isCall: false }];
  const pieces = text.split(/((?<![\w@])@\w{2,32})/);
  return pieces
    .filter((piece) => piece)
    .map((piece) => ({ text: piece, isCall: piece[0] === "@" && names.has(piece.slice(1).toLowerCase()) }));
}
