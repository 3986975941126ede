// Notifications that the browser shows while the user looks elsewhere; only on devices where they are turned on.
import { NO_WORDS } from "../files/sizes";
import { nameOf } from "../conversations/naming";
import type { Id, Message } from "../api/types";
import type { Community } from "../community/community.svelte";
import type { Conversations } from "../conversations/conversations.svelte";
import type { Friends } from "../friends/friends.svelte";
import type { People } from "../people/people.svelte";
import type { Route } from "../store/route.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Session } from "../store/session.svelte";
import type { Levels } from "./levels.svelte";
import { nameAt } from "../people/names";
import { keep, recall } from "../store/storage";
import { text } from "../text/texts";
import { wordsOf } from "../text/markup";

const KEY = "coterie-desktop-notifications";
const LONGEST = 200;

export interface DesktopNeeds {
  session: Session;
  screen: Screen;
  route: Route;
  community: Community;
  people: People;
  friends: Friends;
  conversations: Conversations;
  levels: Levels;
  /** Navigates to a message. */
  show: (channel: Id, message: Id) => void;
}

export class Desktop {
  readonly isSupported = "Notification" in window;
  isOn = $state(this.isSupported && Notification.permission === "granted" && recall(KEY) === "on");

  /** Whether the browser denies permission. */
  isDenied = $state(false);

  constructor(private readonly needs: DesktopNeeds) {}

  /** Asks the browser for permission; it asks the user once. */
  async switchOn(): Promise<void> {
    this.isDenied = (await Notification.requestPermission()) !== "granted";
    this.isOn = !this.isDenied;
    keep(KEY, this.isOn ? "on" : null);
  }

  switchOff(): void {
    this.isOn = false;
    keep(KEY, null);
  }

  /** Shows a notification for a message by someone else, if the user wants it and does not see the message. */
  notify(message: Message, isMention: boolean): void {
    const { session, screen, route, community, friends, levels, show } = this.needs;
    if (!this.isOn || session.user?.status === "dnd" || friends.isBlocked(message.author_id ?? null)) return;
    const channel = community.channel(message.channel_id);
    const isSeen = screen.isVisible && document.hasFocus() && route.place === message.channel_id;
    if (isSeen || !levels.notifies(message.channel_id, channel?.server_id ?? null, isMention)) return;
    const words = message.content === NO_WORDS ? text.notifications.files : wordsOf(message.content);
    this.show(this.titleOf(message), words, message.id, () => show(message.channel_id, message.id));
  }

  private show(title: string, body: string, tag: string, open: () => void): void {
    try {
      // With the same tag, the user's other windows show the same notification.
      const shown = new Notification(title, { body: body.slice(0, LONGEST), tag });
      shown.onclick = () => {
        window.focus();
        open();
        shown.close();
      };
    } catch {
      this.isOn = false; // some phones grant permission but have no notifications
    }
  }

  private titleOf(message: Message): string {
    const { community, conversations } = this.needs;
    const who = nameAt(this.needs, message.channel_id, message.author_id) ?? text.notifications.someone;
    const channel = community.channel(message.channel_id);
    if (channel) return text.notifications.inPlace({ who, place: `#${channel.name}` });
    const conversation = conversations.of(message.channel_id);
    if (!conversation || conversation.is_direct) return who;
    return text.notifications.inPlace({ who, place: nameOf(this.needs, conversation) });
  }
}
