// Everything that can be opened by name, and how well it matches what was typed. Recent destinations come first.
import { commands } from "../actions/commands";
import type { Needs as ActionNeeds } from "../actions/context";
import type { Conversation, Id } from "../api/types";
import { best, fit } from "../text/fuzzy";
import type { Needs } from "./context";
import { later } from "../text/texts";

export interface Destination {
  kind: "channel" | "server" | "person" | "conversation" | "action";
  id: Id;
  name: string;
  /** Where it is, or what it is. */
  detail: string;
  isUnread: boolean;
  conversation?: Conversation;
  go: () => void;
}

const MOST = 30;
const KINDS: Record<string, Destination["kind"][]> = {
  ">": ["action"],
  "#": ["channel"],
  "@": ["person", "conversation"],
  "*": ["server"],
};

export function destinations(needs: Needs): Destination[] {
  return [...conversations(needs), ...channels(needs), ...servers(needs), ...people(needs)];
}

/** The best matches; without a query, recent destinations and those with something new. */
export function matching(
  all: Destination[],
  query: string,
  recent: readonly Id[],
  here: Id | null,
): Destination[] {
  const kinds = KINDS[query[0] ?? ""];
  const wanted = (kinds ? query.slice(1) : query).trim();
  const offered = all.filter(({ kind, id }) => (!kinds || kinds.includes(kind)) && id !== here);
  const age = new Map(recent.map((id, index) => [id, index]));
  const lately = ({ id }: Destination) => 1 / (1 + (age.get(id) ?? Infinity));
  const news = ({ isUnread }: Destination) => (isUnread ? 0.5 : 0);
  if (!wanted) return best(offered, (one) => news(one) + lately(one) || (kinds ? 0.0001 : 0), MOST);
  return best(offered, (one) => score(one, wanted, 0.3 * (lately(one) + news(one))), MOST);
}

function score({ name, detail, kind }: Destination, wanted: string, bonus: number): number {
  if (kind === "action") return eachWord(`${name} ${detail}`, wanted);
  const own = Math.max(fit(name, wanted), kind === "person" ? fit(detail, wanted) : 0);
  // "club general" finds the channel of that server.
  const whole = own || kind !== "channel" ? own : 0.9 * fit(`${detail} ${name}`, wanted);
  return whole && whole + bonus;
}

/** Every word is in it somewhere, not only its letters. */
function eachWord(name: string, wanted: string): number {
  const least = Math.min(...wanted.split(/\s+/).map((word) => fit(name, word)));
  return least < 2 ? 0 : least;
}

/** What can be done, each action named after what it does and with what: "Mark as read · general". */
export function actions(needs: ActionNeeds): Destination[] {
  return commands(needs).map(({ id, label, name, detail, act }) => ({
    kind: "action",
    id,
    name: `${label} · ${name}`,
    detail,
    isUnread: false,
    go: () => void act(),
  }));
}

function channels(needs: Needs): Destination[] {
  return needs.community.servers.flatMap((server) =>
    needs.community.channelsOf(server.id).map((channel) => ({
      kind: "channel" as const,
      id: channel.id,
      name: channel.name,
      detail: server.name,
      isUnread: needs.badges.channel(channel).isUnread,
      go: () => {
        if (needs.line.isToJoin(channel)) void needs.line.join(channel);
        else needs.route.to(server.id, channel.id);
      },
    })),
  );
}

function servers(needs: Needs): Destination[] {
  return needs.community.servers.map(({ id, name }) => ({
    kind: "server",
    id,
    name,
    detail: later.switcher.server,
    isUnread: needs.badges.server(id).isUnread,
    go: () => needs.route.toServer(id),
  }));
}

function conversations(needs: Needs): Destination[] {
  return needs.conversations.all.map((conversation) => ({
    kind: "conversation",
    id: conversation.id,
    name: needs.conversationNames.of(conversation),
    detail: later.switcher.conversation,
    isUnread: needs.badges.conversation(conversation).isUnread,
    conversation,
    go: () => needs.route.toConversation(conversation.id),
  }));
}

/** People without a direct conversation yet. */
function people(needs: Needs): Destination[] {
  const known = new Set(needs.conversations.all.map((each) => needs.conversations.partner(each)));
  return needs.people
    .all()
    .filter(({ id }) => id !== needs.session.user?.id && !known.has(id) && !needs.friends.isBlocked(id))
    .map(({ id, username, name }) => ({
      kind: "person",
      id,
      name,
      detail: name === username ? later.switcher.person : username,
      isUnread: false,
      go: () => void needs.navigation.writeTo(id).catch(needs.toasts.report),
    }));
}
