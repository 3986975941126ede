// Notifications that the browser shows while I look elsewhere; only on devices where I switched them on.
import { NO_WORDS } from "../files/measure";
import { nameOf } from "../conversations/naming";
import type { Message } from "../api/types";
import { nameAt } from "../members/names";
import type { Application } from "../store/application.svelte";
import { keep, recall } from "../store/storage";
import { text } from "../text/texts";
import { wordsOf } from "../text/markup";

const KEY = "coterie-desktop-notifications";
const LONGEST = 200;

export class Desktop {
  readonly isSupported = "Notification" in window;
  isOn = $state(this.isSupported && Notification.permission === "granted" && recall(KEY) === "on");

  /** Whether the browser was asked and refuses. */
  isDenied = $state(false);

  /** Asks the browser, which asks the person once. */
  async switchOn(): Promise<void> {
    this.isDenied = (await Notification.requestPermission()) !== "granted";
    this.isOn = !this.isDenied;
    keep(KEY, this.isOn ? "on" : null);
  }

  switchOff(): void {
    this.isOn = false;
    keep(KEY, null);
  }

  /** Shows a message of somebody else, if I want to be told of it and do not see it. */
  tell(app: Application, message: Message, isCall: boolean): void {
    if (!this.isOn || app.user?.status === "dnd" || app.friends.isBlocked(message.author_id ?? null)) return;
    const channel = app.community.channel(message.channel_id);
    const isSeen = app.isVisible && document.hasFocus() && app.route.place === message.channel_id;
    if (isSeen || !app.levels.tellsOf(message.channel_id, channel?.server_id ?? null, isCall)) return;
    const words = message.content === NO_WORDS ? text.notifications.files : wordsOf(message.content);
    this.show(this.titleOf(app, message), words, message.id, () => app.show(message.channel_id, message.id));
  }

  private show(title: string, body: string, tag: string, open: () => void): void {
    try {
      // By its tag, further windows of mine show the same one.
      const shown = new Notification(title, { body: body.slice(0, LONGEST), tag });
      shown.onclick = () => {
        window.focus();
        open();
        shown.close();
      };
    } catch {
      this.isOn = false; // some telephones allow them and then have none
    }
  }

  private titleOf(app: Application, message: Message): string {
    const who = nameAt(app, message.channel_id, message.author_id) ?? text.notifications.someone;
    const channel = app.community.channel(message.channel_id);
    if (channel) return text.notifications.inPlace({ who, place: `#${channel.name}` });
    const conversation = app.conversations.of(message.channel_id);
    if (!conversation || conversation.is_direct) return who;
    return text.notifications.inPlace({ who, place: nameOf(app, conversation) });
  }
}
