// Tells the user about what they do not see: with a sound, and with a notification of the browser on devices where these
// are turned on.
import { NO_WORDS } from "../files/sizes";
import type { ConversationNames } from "../conversations/conversationnames";
import type { Id, Message } from "../api/types";
import { signed } from "../community/naming";
import type { Community } from "../community/community.svelte";
import type { Navigation } from "../conversations/navigation";
import type { Conversations } from "../conversations/conversations.svelte";
import type { Friends } from "../friends/friends.svelte";
import type { Route } from "../store/route.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Session } from "../store/session.svelte";
import type { Toasts } from "../ui/toasts.svelte";
import type { Levels } from "./levels.svelte";
import type { Names } from "../people/names";
import { keep, recall } from "../store/storage";
import { text } from "../text/texts";

const KEY = "coterie-desktop-notifications";
const ASKED = "coterie-desktop-asked";
const LONGEST = 200;

export interface DesktopNeeds {
  session: Session;
  screen: Screen;
  route: Route;
  community: Community;
  names: Names;
  friends: Friends;
  conversations: Conversations;
  conversationNames: ConversationNames;
  levels: Levels;
  toasts: Toasts;
  navigation: Navigation;
  sounds: { announce: (sound: "message" | "mention") => void };
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

  /** About a message by someone else, if the user wants to know and does not see it. */
  tell(message: Message, isMention: boolean): void {
    const { conversations, sounds } = this.needs;
    if (!this.isDue(message, isMention)) return;
    this.notify(message, isMention).catch(this.needs.toasts.report);
    const isDirect = conversations.of(message.channel_id)?.is_direct;
    sounds.announce(isMention || isDirect ? "mention" : "message");
  }

  private isDue(message: Message, isMention: boolean): boolean {
    const { session, route, community, friends, levels } = this.needs;
    if (session.user?.status === "dnd" || friends.isBlocked(message.author_id ?? null)) return false;
    const channel = community.channel(message.channel_id);
    const isSeen = this.hasAttention && route.place === message.channel_id;
    return !isSeen && levels.notifies(message.channel_id, channel?.server_id ?? null, isMention);
  }

  private async notify(message: Message, isMention: boolean): Promise<void> {
    if (!this.isOn) {
      if (isMention || !this.needs.community.channel(message.channel_id)) this.ask();
      return;
    }
    const { wordsOf } = await import("../text/markup"); // not needed to log in
    const words = message.content === NO_WORDS ? text.notifications.files : wordsOf(message.content);
    const open = () => this.needs.navigation.show(message.channel_id, message.id);
    this.show(this.titleOf(message), words, message.id, open);
  }

  /** Shows a notification for a call that rings; the page itself shows it too. */
  ring(sentence: string, conversation: Id): void {
    if (this.isOn && !this.hasAttention) this.show(sentence, "", `call ${conversation}`, () => undefined);
  }

  private get hasAttention(): boolean {
    return this.needs.screen.isVisible && document.hasFocus();
  }

  /** Asks once on this device, when somebody wanted the user and nothing told them. */
  private ask(): void {
    if (!this.isSupported || Notification.permission !== "default" || recall(ASKED)) return;
    keep(ASKED, "yes");
    const { notifications } = text;
    this.needs.toasts.ask(notifications.ask, {
      label: notifications.turnOn,
      act: () => void this.switchOn().catch(this.needs.toasts.report),
    });
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
    const who = this.needs.names.at(message.channel_id, message.author_id) ?? text.notifications.someone;
    const channel = community.channel(message.channel_id);
    if (channel) return text.notifications.inPlace({ who, place: signed(channel) });
    const conversation = conversations.of(message.channel_id);
    if (!conversation || conversation.is_direct) return who;
    return text.notifications.inPlace({ who, place: this.needs.conversationNames.of(conversation) });
  }
}
