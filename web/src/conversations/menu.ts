// The actions for a whole conversation: the same in its header and in the list.
import { Ban, EyeOff, LogOut, MessagesSquare, Pencil, User, UserPlus } from "@lucide/svelte";
import type { Component } from "svelte";
import type { Conversation } from "../api/types";
import { text } from "../text/texts";
import type { MenuEntry } from "../ui/menu";
import type { ConversationDialog } from "./ConversationDialogs.svelte";
import type { Route } from "../store/route.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Toasts } from "../ui/toasts.svelte";
import type { Friends } from "../friends/friends.svelte";
import type { Conversations } from "./conversations.svelte";

export interface Needs {
  route: Route;
  screen: Screen;
  toasts: Toasts;
  friends: Friends;
  conversations: Conversations;
}

export function entriesOf(needs: Needs, conversation: Conversation): MenuEntry[] {
  const open = (about: ConversationDialog) =>
    (needs.screen.dialog = { kind: "conversation", conversation: conversation.id, about });
  const found: MenuEntry[] = [];
  const add = (label: string, icon: Component, act: () => void, isDangerous = false) =>
    found.push({ kind: "action", label, icon, isDangerous, act });
  const partner = needs.conversations.partner(conversation);
  if (partner) add(text.friends.profile, User, () => (needs.screen.person = partner));
  add(text.messages.threads, MessagesSquare, () => {
    needs.route.toConversation(conversation.id);
    needs.screen.showsThreads = true;
  });
  if (!conversation.is_direct) add(text.conversations.rename, Pencil, () => open("rename"));
  if (partner || !conversation.is_direct)
    add(partner ? text.conversations.makeGroup : text.conversations.add, UserPlus, () => open("add"));
  add(text.conversations.hide, EyeOff, () => hide(needs, conversation));
  if (partner) {
    found.push({ kind: "line" });
    if (needs.friends.isBlocked(partner))
      add(text.friends.unblock, Ban, () => void needs.friends.unblock(partner).catch(needs.toasts.report));
    else add(text.friends.block, Ban, () => open("block"), true);
  } else if (!conversation.is_direct) {
    found.push({ kind: "line" });
    add(text.conversations.leave, LogOut, () => open("leave"), true);
  }
  return found;
}

export function hide(needs: Pick<Needs, "route" | "toasts" | "conversations">, { id }: Conversation): void {
  if (needs.route.conversation === id) needs.route.toFriends();
  needs.conversations.hide(id).catch(needs.toasts.report);
}
