// Everything that can be opened by name, and how well it matches what was typed. Recent destinations come first.
import { commands } from "../actions/commands";
import type { Conversation, Id } from "../api/types";
import { nameOf } from "../conversations/naming";
import { unreadIn, unreadOf, unreadOfServer } from "../notifications/badges";
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

export function destinations(app: Needs): Destination[] {
  return [...conversations(app), ...channels(app), ...servers(app), ...people(app)];
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
export function actions(app: Needs): Destination[] {
  return commands(app).map(({ id, label, name, detail, act }) => ({
    kind: "action",
    id,
    name: `${label} · ${name}`,
    detail,
    isUnread: false,
    go: () => void act(),
  }));
}

function channels(app: Needs): Destination[] {
  return app.community.servers.flatMap((server) =>
    app.community.channelsOf(server.id).map((channel) => ({
      kind: "channel" as const,
      id: channel.id,
      name: channel.name,
      detail: server.name,
      isUnread: unreadIn(app, channel).isUnread,
      go: () => {
        if (app.line.isToJoin(channel)) void app.line.join(channel);
        else app.route.to(server.id, channel.id);
      },
    })),
  );
}

function servers(app: Needs): Destination[] {
  return app.community.servers.map(({ id, name }) => ({
    kind: "server",
    id,
    name,
    detail: later.switcher.server,
    isUnread: unreadOfServer(app, id).isUnread,
    go: () => app.route.toServer(id),
  }));
}

function conversations(app: Needs): Destination[] {
  return app.conversations.all.map((conversation) => ({
    kind: "conversation",
    id: conversation.id,
    name: nameOf(app, conversation),
    detail: later.switcher.conversation,
    isUnread: unreadOf(app, conversation).isUnread,
    conversation,
    go: () => app.route.toConversation(conversation.id),
  }));
}

/** People without a direct conversation yet. */
function people(app: Needs): Destination[] {
  const known = new Set(app.conversations.all.map((each) => app.conversations.partner(each)));
  return app.people
    .all()
    .filter(({ id }) => id !== app.session.user?.id && !known.has(id) && !app.friends.isBlocked(id))
    .map(({ id, username, name }) => ({
      kind: "person",
      id,
      name,
      detail: name === username ? later.switcher.person : username,
      isUnread: false,
      go: () => void app.navigation.writeTo(id).catch(app.report),
    }));
}
