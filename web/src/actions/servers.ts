// The actions for a server: in its menu, in the list of servers, and in the switcher.
import { Bell, CheckCheck, Flag, LogOut, Plus, Settings, Trash2, UserPlus } from "@lucide/svelte";
import type { Id, Server } from "../api/types";
import type { PermissionName } from "../community/permissions.svelte";
import { entriesOf as levelsOf } from "../notifications/entries";
import { text } from "../text/texts";
import { keysFor } from "../ui/shortcuts";
import { grouped, type MenuEntry } from "../ui/menu";
import type { Needs } from "./context";

export function serverEntries(needs: Needs, server: Server): MenuEntry[] {
  const { id } = server;
  const { screen } = needs;
  const may = (name: PermissionName) => needs.access.may(id, name);
  const reading: MenuEntry[] = [];
  const managing: MenuEntry[] = [];
  if (isUnread(needs, id))
    reading.push({
      kind: "action",
      label: text.messages.markRead,
      icon: CheckCheck,
      keys: keysFor("anywhere", "readServer"),
      act: () => readServer(needs, id),
    });
  reading.push({
    kind: "more",
    label: text.notifications.title,
    icon: Bell,
    entries: levelsOf(needs, { id, kind: "server" }, null),
  });
  reading.push(...needs.features.serverMenu(id));
  const add = (label: string, icon: typeof Plus, act: () => unknown) =>
    managing.push({ kind: "action", label, icon, act });
  if (may("CREATE_INVITES")) add(text.invites.invite, UserPlus, () => (screen.inviting = id));
  if (may("MANAGE_CHANNELS"))
    add(
      text.channels.create,
      Plus,
      () => (screen.dialog = { kind: "createChannel", server: id, category: null }),
    );
  if (needs.features.serverPages(may).length)
    add(text.servers.settings, Settings, () => (screen.dialog = { kind: "serverSettings", server: id }));
  const reporting: MenuEntry[] = server.owner_id === needs.session.user?.id ? [] : [reported(needs, server)];
  return grouped(reading, managing, [...reporting, ending(needs, server)]);
}

function reported({ screen }: Needs, { id }: Server): MenuEntry {
  return {
    kind: "action",
    label: text.servers.report,
    icon: Flag,
    act: () => (screen.dialog = { kind: "report", about: { kind: "server", server: id } }),
  };
}

function ending({ session, screen }: Needs, { id, owner_id }: Server): MenuEntry {
  const isOwner = owner_id === session.user?.id;
  return {
    kind: "action",
    label: isOwner ? text.servers.delete : text.servers.leave,
    icon: isOwner ? Trash2 : LogOut,
    isDangerous: true,
    act: () => (screen.dialog = { kind: isOwner ? "deleteServer" : "leaveServer", server: id }),
  };
}

const isUnread = (needs: Needs, server: Id): boolean =>
  needs.community.channelsOf(server).some((channel) => needs.unread.has(channel.id));

export function readServer(needs: Pick<Needs, "community" | "unread" | "toasts">, server: Id): void {
  const channels = needs.community.channelsOf(server).map(({ id }) => id);
  needs.unread.markServerRead(server, channels).catch(needs.toasts.report);
}
