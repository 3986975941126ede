// The actions for a person, in a server or outside of it: for the buttons of their card and for their menu. Actions that
// the user is not allowed are left out.
import {
  AtSign,
  Ban,
  Check,
  Clock,
  Eye,
  Flag,
  MessageCircle,
  Phone,
  User,
  UserMinus,
  UserPlus,
  UserX,
  X,
} from "@lucide/svelte";
import type { Component } from "svelte";
import { Failure } from "../api/failure";
import type { Id } from "../api/types";
import { mayModerate } from "../community/moderating";
import { apply } from "../writing/replacing";
import { use } from "../store/context";
import { later, text } from "../text/texts";
import type { MenuAction } from "../ui/menu";
import { Session } from "../store/session.svelte";
import { Route } from "../store/route.svelte";
import { Screen } from "../store/screen.svelte";
import { People } from "../people/people.svelte";
import { Community } from "../community/community.svelte";
import { Permissions } from "../community/permissions.svelte";
import { Perspective } from "../community/perspective.svelte";
import { Access } from "../community/access";
import { Friends } from "../friends/friends.svelte";
import { Navigation } from "../conversations/navigation";

export interface Needs {
  session: Session;
  route: Route;
  screen: Screen;
  people: People;
  community: Community;
  permissions: Permissions;
  perspective: Perspective;
  access: Access;
  friends: Friends;
  navigation: Navigation;
}

/** Call it when a component is created. */
export function usePersonActions(): (
  server: Id | null,
  user: Id,
  ask: (question: Question) => unknown,
) => PersonActions {
  const needs: Needs = {
    session: use(Session),
    route: use(Route),
    screen: use(Screen),
    people: use(People),
    community: use(Community),
    permissions: use(Permissions),
    perspective: use(Perspective),
    access: use(Access),
    friends: use(Friends),
    navigation: use(Navigation),
  };
  return (server, user, ask) => personActions(needs, server, user, ask);
}

/** What is asked before it is done. */
export type Question = "remove" | "block" | "timeOut" | "kick" | "ban" | "report";

export interface PersonAction extends MenuAction {
  id: Question | "profile" | "message" | "call" | "mention" | Answer | "viewAs";
  icon: Component;
}

type Answer = "add" | "accept" | "reject" | "cancel" | "unblock";

/** In groups: reaching the person, the relation to them, moderating them. `ask` opens what asks first. */
export interface PersonActions {
  reaching: PersonAction[];
  relating: PersonAction[];
  moderating: PersonAction[];
}

export function personActions(
  needs: Needs,
  server: Id | null,
  user: Id,
  ask: (question: Question) => unknown,
): PersonActions {
  const profile = offer("profile", text.friends.profile, User, () => (needs.screen.person = user));
  if (user === needs.session.user?.id) return { reaching: [profile], relating: [], moderating: [] };
  return {
    reaching: [profile, ...reaching(needs, user)],
    relating: relating(needs, user, ask),
    moderating: server ? moderating(needs, server, user, ask) : [],
  };
}

function reaching({ friends, navigation, people, route }: Needs, user: Id): PersonAction[] {
  const found: PersonAction[] = [];
  if (friends.relation(user) !== "blocked")
    found.push(
      offer("message", text.friends.message, MessageCircle, () => navigation.writeTo(user)),
      offer("call", text.conversations.call, Phone, () => navigation.callTo(user)),
    );
  const username = people.of(user)?.username;
  if (username && route.place)
    found.push(offer("mention", later.actions.mention, AtSign, () => mention(username)));
  return found;
}

function relating({ friends }: Needs, user: Id, ask: (question: Question) => unknown): PersonAction[] {
  const words = text.friends;
  const block = { ...offer("block", words.block, Ban, () => ask("block")), isDangerous: true };
  switch (friends.relation(user)) {
    case "blocked":
      return [offer("unblock", words.unblock, Ban, () => friends.unblock(user))];
    case "friend":
      return [offer("remove", words.remove, UserMinus, () => ask("remove")), block];
    case "incoming": {
      const answer = (accept: boolean) => async () => {
        const request = friends.requestFrom(user);
        if (request) await friends.respond(request, accept);
      };
      return [
        offer("accept", words.acceptRequest, Check, answer(true)),
        offer("reject", words.reject, X, answer(false)),
        block,
      ];
    }
    case "outgoing": {
      const cancel = async () => {
        const request = friends.requestTo(user);
        if (request) await friends.cancel(request);
      };
      return [offer("cancel", words.cancelRequest, X, cancel), block];
    }
    default: {
      const add = async () => {
        const { success, error } = await friends.request({ to_user_id: user });
        if (!success) throw new Failure(200, "request_refused", error ?? text.errors.unexpected);
      };
      return [offer("add", words.add, UserPlus, add), block];
    }
  }
}

function moderating(
  needs: Needs,
  server: Id,
  user: Id,
  ask: (question: Question) => unknown,
): PersonAction[] {
  const may = mayModerate(needs, server, user);
  const found: PersonAction[] = [];
  if (may.timeOut) found.push(offer("timeOut", later.card.timeOut, Clock, () => ask("timeOut")));
  if (may.kick) found.push(offer("kick", later.card.kick, UserX, () => ask("kick")));
  if (may.ban) found.push({ ...offer("ban", later.card.ban, Ban, () => ask("ban")), isDangerous: true });
  if (needs.community.member(server, user) && needs.access.may(server, "MANAGE_ROLES"))
    found.push(
      offer("viewAs", later.card.viewAs, Eye, () => {
        needs.perspective.take({ server, user, role: null });
        needs.route.to(server, null);
      }),
    );
  found.push(offer("report", later.reports.report, Flag, () => ask("report")));
  return found;
}

const offer = (id: PersonAction["id"], label: string, icon: Component, act: () => unknown): PersonAction => ({
  kind: "action",
  id,
  label,
  icon,
  act,
});

/** Writes the name where the user writes. */
function mention(username: string): void {
  const field = document.querySelector<HTMLTextAreaElement>("#composer");
  if (!field) return;
  const { selectionStart: from, selectionEnd: to } = field;
  const insert = `@${username} `;
  apply(field, { from, to, insert, selection: [from + insert.length, from + insert.length] });
}
