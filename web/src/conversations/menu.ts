// The actions for a whole conversation: the same in its header and in the list.
import { Ban, EyeOff, LogOut, MessagesSquare, Pencil, User, UserPlus } from "@lucide/svelte";
import type { Component } from "svelte";
import type { Conversation } from "../api/types";
import type { Needs } from "./context";
import { text } from "../text/texts";
import type { MenuEntry } from "../ui/menu";
import type { ConversationDialog } from "./ConversationDialogs.svelte";

type MenuNeeds = Pick<Needs, "conversations" | "friends" | "screen" | "route" | "report">;

export function entriesOf(app: MenuNeeds, conversation: Conversation): MenuEntry[] {
  const open = (about: ConversationDialog) =>
    (app.screen.dialog = { kind: "conversation", conversation: conversation.id, about });
  const found: MenuEntry[] = [];
  const add = (label: string, icon: Component, act: () => void, isDangerous = false) =>
    found.push({ kind: "action", label, icon, isDangerous, act });
  const partner = app.conversations.partner(conversation);
  if (partner) add(text.friends.profile, User, () => (app.screen.person = partner));
  add(text.messages.threads, MessagesSquare, () => {
    app.route.toConversation(conversation.id);
    app.screen.showsThreads = true;
  });
  if (!conversation.is_direct) add(text.conversations.rename, Pencil, () => open("rename"));
  if (partner || !conversation.is_direct)
    add(partner ? text.conversations.makeGroup : text.conversations.add, UserPlus, () => open("add"));
  add(text.conversations.hide, EyeOff, () => hide(app, conversation));
  if (partner) {
    found.push({ kind: "line" });
    if (app.friends.isBlocked(partner))
      add(text.friends.unblock, Ban, () => void app.friends.unblock(partner).catch(app.report));
    else add(text.friends.block, Ban, () => open("block"), true);
  } else if (!conversation.is_direct) {
    found.push({ kind: "line" });
    add(text.conversations.leave, LogOut, () => open("leave"), true);
  }
  return found;
}

export function hide(app: MenuNeeds, { id }: Conversation): void {
  if (app.route.conversation === id) app.route.toFriends();
  app.conversations.hide(id).catch(app.report);
}
