// Whom a message mentions, and which of its words refer to a user or a thing here.
import type { Channel, Id, Message } from "../api/types";
import type { Inline } from "../text/markup";
import type { Community } from "../community/community.svelte";
import type { People } from "../people/people.svelte";
import type { Permissions } from "../community/permissions.svelte";
import type { ServerEmoji, ServerEmojis } from "../emoji/serveremojis";

interface Needs {
  community: Community;
  people: People;
  permissions: Permissions;
  emojis: ServerEmojis;
}

type Plain = Extract<Inline, { kind: "text" }>;
type Mention = Extract<Inline, { kind: "mention" }>;

/** What the words of a message can refer to, by lower-case names. */
export interface Named {
  /** The mentioned users; null for mentions that are not of one person. */
  mentioned: ReadonlyMap<string, Id | null>;
  /** The channel with whose name a text begins, the longest; names can have spaces. */
  channel: (behind: string) => Channel | undefined;
  emoji: (name: string) => ServerEmoji | undefined;
}

export const NOTHING: Named = { mentioned: new Map(), channel: () => undefined, emoji: () => undefined };

export function namedIn(needs: Needs, message: Message | null, server: Id | null): Named {
  return {
    mentioned: mentionedBy(needs, message, server),
    channel: (behind) => (server ? channelAt(needs.community.channelsOf(server), behind) : undefined),
    emoji: (name) => needs.emojis.named(server, name),
  };
}

function mentionedBy(needs: Needs, message: Message | null, server: Id | null): Map<string, Id | null> {
  const mentioned = new Map<string, Id | null>();
  if (!message) return mentioned;
  for (const id of message.mention_user_ids ?? []) {
    const name = needs.people.of(id)?.username;
    if (name) mentioned.set(name.toLowerCase(), id);
  }
  const roles = server && message.mention_role_ids?.length ? needs.permissions.rolesOf(server) : [];
  for (const { id, name } of roles)
    if (message.mention_role_ids!.includes(id)) mentioned.set(name.toLowerCase(), null);
  if (message.mention_everyone) mentioned.set("everyone", null);
  if (message.mention_here) mentioned.set("here", null);
  return mentioned;
}

export type Word =
  | { kind: "text"; text: string }
  | { kind: "mention"; text: string; user: Id | null }
  | { kind: "channel"; text: string; channel: Channel }
  | { kind: "emoji"; text: string; emoji: ServerEmoji };

const CHANNEL_OR_EMOJI = /(?<![\p{L}\p{N}_#&/])#(?=[^\s#])|:[a-z0-9_-]{1,32}:/giu;

/** Whether none of its words can refer to anyone or anything. */
export const isPlain = (text: string): boolean => !/[@#]|:[a-z0-9_-]+:/i.test(text);

/** Splits a piece of text, so that words that refer to someone or something stand alone. */
export function wordsOf(piece: Plain | Mention, named: Named): Word[] {
  const mention = piece.kind === "mention" ? wordOfMention(piece, named) : undefined;
  if (!mention) return othersIn(piece.text, named);
  return [mention, ...othersIn(piece.text.slice(mention.text.length), named)];
}

/** The longest matching name is meant. */
function wordOfMention({ text, behind }: Mention, { mentioned }: Named): Word | undefined {
  const names = [...mentioned.keys()].filter((name) => isNamed(behind, name));
  if (!names.length) return undefined;
  const name = names.reduce((longest, each) => (each.length > longest.length ? each : longest));
  return { kind: "mention", text: text.slice(0, name.length + 1), user: mentioned.get(name) ?? null };
}

const isNamed = (behind: string, name: string): boolean =>
  behind.startsWith(name) && !/^[\p{L}\p{N}_]/u.test(behind.slice(name.length));

/** Of some channels, the one with whose name a text begins: the longest. */
export function channelAt(channels: readonly Channel[], behind: string): Channel | undefined {
  const text = behind.toLowerCase();
  const named = channels.filter(({ name }) => isNamed(text, name.toLowerCase()));
  return named.sort((a, b) => b.name.length - a.name.length)[0];
}

function othersIn(text: string, named: Named): Word[] {
  if (!text) return [];
  if (isPlain(text)) return [{ kind: "text", text }];
  const words: Word[] = [];
  let end = 0;
  for (const match of text.matchAll(CHANNEL_OR_EMOJI)) {
    const word = match.index < end ? undefined : wordAt(text, match, named);
    if (!word) continue;
    if (match.index > end) words.push({ kind: "text", text: text.slice(end, match.index) });
    words.push(word);
    end = match.index + word.text.length;
  }
  if (end < text.length) words.push({ kind: "text", text: text.slice(end) });
  return words;
}

function wordAt(
  text: string,
  { 0: sign, index }: RegExpExecArray,
  { channel, emoji }: Named,
): Word | undefined {
  if (sign === "#") {
    const found = channel(text.slice(index + 1));
    return (
      found && { kind: "channel", text: text.slice(index, index + 1 + found.name.length), channel: found }
    );
  }
  const found = emoji(sign.slice(1, -1));
  return found && { kind: "emoji", text: sign, emoji: found };
}
