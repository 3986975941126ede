// The actions for a channel and for a category.
import {
  ArrowDown,
  ArrowUp,
  Bell,
  CheckCheck,
  FolderInput,
  Link,
  ListCollapse,
  MessageCircle,
  MessagesSquare,
  Pencil,
  Plus,
  Settings,
  Trash2,
  UserPlus,
} from "@lucide/svelte";
import type { Channel, Id } from "../api/types";
import { groupsOf, idOf, movedChannel, placedChannel, type Group } from "../community/grouping";
import { move } from "../community/moving";
import { stepped } from "../community/ordering";
import { entriesOf as levelsOf } from "../notifications/entries";
import { placeLink } from "../store/route.svelte";
import { later, text } from "../text/texts";
import { copyWords } from "../ui/clipboard";
import { grouped, type MenuEntry } from "../ui/menu";
import type { Needs } from "./context";

/** `moves` put it elsewhere in the list. */
export function channelEntries(needs: Needs, channel: Channel, moves = movesOf(needs, channel)): MenuEntry[] {
  const { id, server_id: server } = channel;
  const { screen } = needs;
  const mayManage = needs.access.mayIn(channel, "MANAGE_CHANNELS");
  const reading: MenuEntry[] = [];
  const managing: MenuEntry[] = [];
  if (channel.type === "voice")
    reading.push({
      kind: "action",
      label: later.actions.openChat,
      icon: MessageCircle,
      act: () => needs.route.to(server, id),
    });
  if (needs.unread.has(id))
    reading.push(markRead(() => needs.unread.markChannelRead(id).catch(needs.toasts.report)));
  reading.push({
    kind: "more",
    label: text.notifications.title,
    icon: Bell,
    entries: levelsOf(needs, { id, kind: "channel" }, server),
  });
  reading.push({
    kind: "action",
    label: text.messages.threads,
    icon: MessagesSquare,
    act: () => {
      needs.route.to(server, id);
      screen.showsThreads = true;
    },
  });
  const links: MenuEntry[] = [
    {
      kind: "action",
      label: text.messages.copyLink,
      icon: Link,
      act: () => copyWords(needs.toasts, placeLink(channel)),
    },
  ];
  if (needs.access.may(server, "CREATE_INVITES"))
    links.push({
      kind: "action",
      label: text.invites.invite,
      icon: UserPlus,
      act: () => (screen.inviting = server),
    });
  if (mayManage)
    managing.push(
      {
        kind: "action",
        label: later.actions.editChannel,
        icon: Settings,
        act: () => (screen.dialog = { kind: "editChannel", channel: id }),
      },
      {
        kind: "action",
        label: text.channels.delete,
        icon: Trash2,
        isDangerous: true,
        act: () => (screen.dialog = { kind: "deleteChannel", channel: id }),
      },
    );
  return grouped(reading, links, moves, managing);
}

/** What dragging does in the list, for keys and fingers. */
export function movesOf(needs: Needs, channel: Channel): MenuEntry[] {
  const { id, server_id: server, category } = channel;
  if (!needs.access.mayIn(channel, "MANAGE_CHANNELS")) return [];
  const groups = groupsOf(needs.perspective.channelsOf(server), []);
  const to = (next: Group[]) => () => void move(needs, server, id, next);
  const found = steps(to, movedChannel(groups, id, -1), movedChannel(groups, id, 1), groups);
  const others = [null, ...groups.flatMap((group) => group.category ?? [])].filter(
    (each) => each !== category,
  );
  if (others.length)
    found.push({
      kind: "more",
      label: later.actions.moveTo,
      icon: FolderInput,
      entries: others.map((each) => ({
        kind: "action",
        label: each ?? later.actions.noCategory,
        act: to(placedChannel(groups, id, each, null)),
      })),
    });
  return found;
}

function categoryMoves(needs: Needs, server: Id, category: string | null): MenuEntry[] {
  if (!needs.access.may(server, "MANAGE_CHANNELS")) return [];
  const groups = groupsOf(needs.perspective.channelsOf(server), []);
  const index = groups.findIndex((group) => group.category === category);
  if (index < 0) return [];
  const to = (next: Group[]) => () => void move(needs, server, idOf(category), next);
  const up = index > 0 ? stepped(groups, index, -1) : groups;
  const down = index < groups.length - 1 ? stepped(groups, index, 1) : groups;
  return steps(to, up, down, groups);
}

/** A step that changes nothing is not offered. */
function steps(to: (next: Group[]) => () => void, up: Group[], down: Group[], now: Group[]): MenuEntry[] {
  const found: MenuEntry[] = [];
  if (up !== now) found.push({ kind: "action", label: later.actions.moveUp, icon: ArrowUp, act: to(up) });
  if (down !== now)
    found.push({ kind: "action", label: later.actions.moveDown, icon: ArrowDown, act: to(down) });
  return found;
}

/** `category` is null for the channels without one. */
export function categoryEntries(
  needs: Needs,
  server: Id,
  category: string | null,
  moves = categoryMoves(needs, server, category),
): MenuEntry[] {
  const { screen } = needs;
  const own = needs.perspective.channelsOf(server).filter((channel) => channel.category === category);
  const unread = own.filter(({ id }) => needs.unread.has(id));
  const reading: MenuEntry[] = [];
  const managing: MenuEntry[] = [];
  if (category !== null) {
    const isFolded = needs.folds.has(server, category);
    reading.push({
      kind: "action",
      label: isFolded ? later.actions.unfold : later.actions.fold,
      icon: ListCollapse,
      act: () => needs.folds.turn(server, category),
    });
  }
  if (unread.length)
    reading.push(
      markRead(() =>
        unread.forEach(({ id }) => void needs.unread.markChannelRead(id).catch(needs.toasts.report)),
      ),
    );
  if (needs.access.may(server, "MANAGE_CHANNELS")) {
    managing.push({
      kind: "action",
      label: text.channels.create,
      icon: Plus,
      act: () => (screen.dialog = { kind: "createChannel", server, category }),
    });
    if (category !== null)
      managing.push(
        {
          kind: "action",
          label: later.actions.renameCategory,
          icon: Pencil,
          act: () => (screen.dialog = { kind: "renameCategory", server, category }),
        },
        {
          kind: "action",
          label: later.settings.channels.deleteCategoryAction,
          icon: Trash2,
          isDangerous: true,
          act: () => (screen.dialog = { kind: "deleteCategory", server, category }),
        },
      );
  }
  return grouped(reading, moves, managing);
}

const markRead = (act: () => unknown): MenuEntry => ({
  kind: "action",
  label: text.messages.markRead,
  icon: CheckCheck,
  act,
});
