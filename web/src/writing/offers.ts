// Suggestions for a name that is being typed, from what is loaded: a server's members are loaded with it (for a large
// server, those that `searchMembers` finds are added), and a conversation comes with its participants.
//
// Among 5,000 members the best eight take a few milliseconds; the permission to view the channel is computed only for
// the best 32.
import type { Channel, Id, Member, Place } from "../api/types";
import { use } from "../store/context";
import { best, fit } from "../text/fuzzy";
import { has, Permission, Permissions } from "../community/permissions.svelte";
import { later } from "../text/texts";
import { findEmoji, toned, type Emoji } from "../emoji/data";
import type { Trigger } from "./trigger";
import { Session } from "../store/session.svelte";
import { People } from "../people/people.svelte";
import { Community } from "../community/community.svelte";
import { Access } from "../community/access";
import { Friends } from "../friends/friends.svelte";
import { Conversations } from "../conversations/conversations.svelte";
import { Histories } from "../messages/history.svelte";
import type { ServerEmoji, ServerEmojis } from "../emoji/serveremojis";
import { Features } from "../feature";

export interface Needs {
  session: Session;
  people: People;
  community: Community;
  permissions: Permissions;
  access: Access;
  friends: Friends;
  conversations: Conversations;
  histories: Histories;
  emojis: ServerEmojis;
}

/** Call it when a component is created. */
export function useOffers(): (place: Place, trigger: Trigger, emoji: EmojiSource) => Offer[] {
  const needs: Needs = {
    session: use(Session),
    people: use(People),
    community: use(Community),
    permissions: use(Permissions),
    access: use(Access),
    friends: use(Friends),
    conversations: use(Conversations),
    histories: use(Histories),
    emojis: use(Features).emojis,
  };
  return (place, trigger, emoji) => offersFor(needs, place, trigger, emoji);
}

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

export function offersFor(needs: Needs, place: Place, { sign, query }: Trigger, emoji: EmojiSource): Offer[] {
  if (sign === "#") return channels(needs, place, query);
  if (sign === ":") return emojis(needs, place, query, emoji);
  if (query.includes(" ")) return best(roles(needs, place), (offer) => begun(offer.label, query), MOST);
  const all = [...people(needs, place), ...roles(needs, place), ...everybody(needs, place)];
  // Permissions are computed for few: a server has thousands of members.
  return best(all, (offer) => value(offer, query), MOST * 4)
    .filter(({ member }) => !member || maySee(needs, place, member))
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

function people(needs: Needs, place: Place): Mentionable[] {
  const writers = recentWriters(needs, place);
  const offer = (id: Id, username: string, nickname: string | null = null): Mentionable => {
    const person = needs.people.of(id);
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
    ? needs.community
        .membersOf(place.server_id)
        .map((member) => ({ ...offer(member.user_id, member.username, member.nickname), member }))
    : (needs.conversations.of(place.id)?.people ?? []).map((one) => offer(one.user_id, one.username));
  return all.filter(({ key }) => key !== needs.session.user?.id && !needs.friends.isBlocked(key));
}

/** Members who cannot view the channel are not mentioned in it. */
function maySee(needs: Needs, place: Place, member: Member): boolean {
  const server = needs.community.server(place.server_id ?? "");
  const channel = needs.community.channel(place.id);
  if (!server || !channel) return false;
  return has(
    needs.permissions.inChannel(server, channel, member.user_id, { ...member, timeout_expires_at: null }),
    Permission.VIEW_CHANNEL,
  );
}

function recentWriters(needs: Needs, place: Place): Map<Id, number> {
  const { messages } = needs.histories.of(place.id).timeline;
  const last = messages.slice(-50).flatMap(({ author_id }) => author_id ?? []);
  return new Map(last.map((id, index) => [id, (0.9 * (index + 1)) / last.length]));
}

function roles(needs: Needs, place: Place): Mentionable[] {
  if (!place.server_id) return [];
  const mine = needs.community.member(place.server_id, needs.session.user?.id ?? "")?.role_ids ?? [];
  const mayAll = needs.access.mayIn(place, "MANAGE_MESSAGES");
  return needs.permissions
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

function everybody(needs: Needs, place: Place): Mentionable[] {
  const isConversation = place.server_id === null;
  if (!isConversation && !needs.access.mayIn(place, "MANAGE_MESSAGES")) return [];
  if (isConversation && needs.conversations.of(place.id)?.is_direct) return [];
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

function channels(needs: Needs, place: Place, query: string): Offer[] {
  if (!place.server_id) return [];
  const own = needs.community.channelsOf(place.server_id);
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

function emojis(needs: Needs, place: Place, query: string, { all, tone, favourites }: EmojiSource): Offer[] {
  const own = best(needs.emojis.of(place.server_id), ({ name }) => Math.max(0, fit(name, query) - 1), MOST);
  return [
    ...own.map(ownOffer),
    ...findEmoji(all, query, MOST, favourites).map((each) => unicodeOffer(each, tone, query)),
  ].slice(0, MOST);
}

const ownOffer = ({ id, name, url }: ServerEmoji): Offer => ({
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
