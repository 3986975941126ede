// Suggestions for a name that is being typed, from what is loaded: a server's members are loaded with it (for a large
// server, those that `searchMembers` finds are added), and a conversation comes with its participants.
//
// Among 5,000 members the best eight take a few milliseconds; the permission to view the channel is computed only for
// the best 32.
import type { Channel, CustomEmoji, Id, Member, Place } from "../../api/types";
import { best, fit } from "../../text/fuzzy";
import type { Needs } from "../context";
import { has, Permission } from "../../community/permissions.svelte";
import { later } from "../../text/texts";
import { findEmoji, toned, type Emoji } from "../emoji/data";
import type { Trigger } from "./trigger";

export type Look =
  | { kind: "person"; id: Id; url: string | null }
  | { kind: "role"; color: string | null }
  | { kind: "emoji"; emoji: string }
  | { kind: "picture"; url: string }
  | { kind: "sign"; sign: string };

export interface Offer {
  key: string;
  label: string;
  detail: string;
  insert: string;
  look: Look;
}

export interface EmojiSource {
  all: readonly Emoji[];
  tone: number;
  /** Of equals, these come first. */
  favourites: readonly string[];
}

export const MOST = 8;
const SHORTEST_FOR_PARTS = 2;

export function offersFor(app: Needs, place: Place, { sign, query }: Trigger, emoji: EmojiSource): Offer[] {
  if (sign === "#") return channels(app, place, query);
  if (sign === ":") return emojis(app, place, query, emoji);
  if (query.includes(" ")) return best(roles(app, place), (offer) => begun(offer.label, query), MOST);
  const all = [...people(app, place), ...roles(app, place), ...everybody(app, place)];
  // Permissions are computed for few: a server has thousands of members.
  return best(all, (offer) => value(offer, query), MOST * 4)
    .filter(({ member }) => !member || maySee(app, place, member))
    .slice(0, MOST);
}

const begun = (name: string, query: string): number => (fit(name, query) >= 4 ? 1 : 0);

interface Mentionable extends Offer {
  /** Added for people who wrote here recently, above equal matches. */
  bonus: number;
  member?: Member;
}

function value({ label, detail, bonus, look }: Mentionable, query: string): number {
  const least = query.length < SHORTEST_FOR_PARTS ? 3 : 2;
  const names = look.kind === "person" ? [label, detail] : [label];
  const fits = Math.max(...names.map((name) => (name ? fit(name, query) : 0)));
  if (!query) return 1 + bonus;
  return fits >= least ? fits + bonus : 0;
}

function people(app: Needs, place: Place): Mentionable[] {
  const writers = recentWriters(app, place);
  const offer = (id: Id, username: string, nickname: string | null = null): Mentionable => {
    const person = app.people.of(id);
    const name = person?.username ?? username;
    return {
      key: id,
      label: name,
      detail: nickname ?? (person && person.name !== name ? person.name : ""),
      insert: `@${name} `,
      look: { kind: "person", id, url: person?.avatarUrl ?? null },
      bonus: writers.get(id) ?? 0,
    };
  };
  const all = place.server_id
    ? app.community
        .membersOf(place.server_id)
        .map((member) => ({ ...offer(member.user_id, member.username, member.nickname), member }))
    : (app.conversations.of(place.id)?.people ?? []).map((one) => offer(one.user_id, one.username));
  return all.filter(({ key }) => key !== app.session.user?.id && !app.friends.isBlocked(key));
}

/** Members who cannot view the channel are not mentioned in it. */
function maySee(app: Needs, place: Place, member: Member): boolean {
  const server = app.community.server(place.server_id ?? "");
  const channel = app.community.channel(place.id);
  if (!server || !channel) return false;
  return has(
    app.permissions.inChannel(server, channel, member.user_id, { ...member, timeout_expires_at: null }),
    Permission.VIEW_CHANNEL,
  );
}

function recentWriters(app: Needs, place: Place): Map<Id, number> {
  const { messages } = app.histories.of(place.id).timeline;
  const last = messages.slice(-50).flatMap(({ author_id }) => author_id ?? []);
  return new Map(last.map((id, index) => [id, (0.9 * (index + 1)) / last.length]));
}

function roles(app: Needs, place: Place): Mentionable[] {
  if (!place.server_id) return [];
  const mine = app.community.member(place.server_id, app.session.user?.id ?? "")?.role_ids ?? [];
  const mayAll = app.access.mayIn(place, "MANAGE_MESSAGES");
  return app.permissions
    .rolesOf(place.server_id)
    .filter(({ id }) => mayAll || mine.includes(id))
    .map(({ id, name, color }) => ({
      key: id,
      label: name,
      detail: later.offers.role,
      insert: `@${name} `,
      look: { kind: "role", color },
      bonus: 0,
    }));
}

function everybody(app: Needs, place: Place): Mentionable[] {
  const isConversation = place.server_id === null;
  if (!isConversation && !app.access.mayIn(place, "MANAGE_MESSAGES")) return [];
  if (isConversation && app.conversations.of(place.id)?.is_direct) return [];
  const all = isConversation ? later.offers.everyoneHere : later.offers.everyone;
  return [
    { name: "everyone", detail: all },
    { name: "here", detail: later.offers.here },
  ].map(({ name, detail }) => ({
    key: name,
    label: name,
    detail,
    insert: `@${name} `,
    look: { kind: "sign", sign: "@" },
    bonus: -0.5,
  }));
}

function channels(app: Needs, place: Place, query: string): Offer[] {
  if (!place.server_id) return [];
  const own = app.community.channelsOf(place.server_id);
  const value = ({ name }: Channel) => (query ? Math.max(0, fit(name, query) - 1) : 1);
  const fits = query.includes(" ") ? ({ name }: Channel) => begun(name, query) : value;
  return best(own, fits, MOST).map(({ id, name, category }) => ({
    key: id,
    label: name,
    detail: category ?? "",
    insert: `#${name} `,
    look: { kind: "sign", sign: "#" },
  }));
}

function emojis(app: Needs, place: Place, query: string, { all, tone, favourites }: EmojiSource): Offer[] {
  const own = best(app.emojis.of(place.server_id), ({ name }) => Math.max(0, fit(name, query) - 1), MOST);
  return [
    ...own.map(ownOffer),
    ...findEmoji(all, query, MOST, favourites).map((each) => unicodeOffer(each, tone, query)),
  ].slice(0, MOST);
}

const ownOffer = ({ id, name, url }: CustomEmoji): Offer => ({
  key: id,
  label: `:${name}:`,
  detail: "",
  insert: `:${name}: `,
  look: { kind: "picture", url },
});

function unicodeOffer(each: Emoji, tone: number, query: string): Offer {
  const emoji = toned(each, tone);
  const short = each.short.find((name) => name.startsWith(query.toLowerCase())) ?? each.short[0];
  return {
    key: each.emoji,
    label: each.name,
    detail: short ? `:${short}:` : "",
    insert: `${emoji} `,
    look: { kind: "emoji", emoji },
  };
}
