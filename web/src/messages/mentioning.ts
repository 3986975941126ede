// Whom a message calls, and what of its words stands for somebody or something here.
import type { Channel, CustomEmoji, Id, Message } from "../api/types";
import type { Application } from "../store/application.svelte";

/** What the words of a message can mean, by names in small letters. */
export interface Named {
  /** Whom it calls; null for what is not one person. */
  called: ReadonlyMap<string, Id | null>;
  channel: (name: string) => Channel | undefined;
  emoji: (name: string) => CustomEmoji | undefined;
}

export const NOTHING: Named = { called: new Map(), channel: () => undefined, emoji: () => undefined };

export function namedIn(app: Application, message: Message | null, server: Id | null): Named {
  return {
    called: calledBy(app, message, server),
    channel: (name) => (server ? app.community.channelNamed(server, name) : undefined),
    emoji: (name) => app.emojis.named(server, name),
  };
}

function calledBy(app: Application, message: Message | null, server: Id | null): Map<string, Id | null> {
  const called = new Map<string, Id | null>();
  if (!message) return called;
  for (const id of message.mention_user_ids ?? []) {
    const name = app.people.of(id)?.username;
    if (name) called.set(name.toLowerCase(), id);
  }
  const roles = server && message.mention_role_ids?.length ? app.rights.rolesOf(server) : [];
  for (const { id, name } of roles)
    if (message.mention_role_ids!.includes(id)) called.set(name.toLowerCase(), null);
  if (message.mention_everyone) called.set("everyone", null);
  if (message.mention_here) called.set("here", null);
  return called;
}

export function callsMe(app: Application, message: Message | null, server: string): boolean {
  const me = app.user?.id ?? "";
  if (!message || message.author_id === me) return false;
  if (message.mention_everyone || message.mention_here || message.mention_user_ids?.includes(me)) return true;
  if (!message.mention_role_ids?.length) return false;
  const roles = app.community.member(server, me)?.roles ?? [];
  return roles.some((role) => message.mention_role_ids!.includes(role.id));
}

export type Word =
  | { kind: "text"; text: string }
  | { kind: "call"; text: string; user: Id | null }
  | { kind: "channel"; text: string; channel: Channel }
  | { kind: "emoji"; text: string; emoji: CustomEmoji };

const OTHERS = String.raw`(?<![\p{L}\p{N}_#&/])#[\p{L}\p{N}_-]{1,100}|:[a-z0-9_-]{1,32}:`;

/** Whether none of its words can stand for somebody or something. */
export const isPlain = (text: string): boolean => !/[@#]|:[a-z0-9_-]+:/i.test(text);

/** A text in pieces, those that stand for somebody or something apart. */
export function wordsOf(text: string, named: Named): Word[] {
  if (isPlain(text)) return [{ kind: "text", text }];
  const names = [...named.called.keys()].sort((a, b) => b.length - a.length).map(escaped);
  const calls = names.length ? String.raw`(?<![\p{L}\p{N}_@])@(?:${names.join("|")})(?![\p{L}\p{N}_])|` : "";
  const words: Word[] = [];
  let end = 0;
  for (const match of text.matchAll(new RegExp(calls + OTHERS, "giu"))) {
    const word = wordOf(match[0], named);
    if (!word) continue;
    if (match.index > end) words.push({ kind: "text", text: text.slice(end, match.index) });
    words.push(word);
    end = match.index + match[0].length;
  }
  if (end < text.length) words.push({ kind: "text", text: text.slice(end) });
  return words;
}

function wordOf(text: string, { called, channel, emoji }: Named): Word | undefined {
  if (text[0] === "@") return { kind: "call", text, user: called.get(text.slice(1).toLowerCase()) ?? null };
  if (text[0] === "#") {
    const found = channel(text.slice(1));
    return found && { kind: "channel", text, channel: found };
  }
  const found = emoji(text.slice(1, -1));
  return found && { kind: "emoji", text, emoji: found };
}

const escaped = (name: string): string => name.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
