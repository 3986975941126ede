// What the user has seen of a channel. A read mark follows what was on the screen of a visible window: it never passes
// an unread message that was not, so a channel that opens at its end stays unread while there is more above.
import type { Id, Message } from "../api/types";
import { isNewTo } from "../conversations/systemmessages";
import type { ChannelHistory } from "../messages/history.svelte";
import type { View } from "../messages/scrolling.svelte";
import type { Session } from "../store/session.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Following } from "../store/following";
import type { FirstUnread, Unread } from "../messages/unread.svelte";

export interface Needs {
  session: Session;
  screen: Screen;
  following: Following;
  unread: Unread;
}

export class Reading {
  /** The first unread message, if it is above the view. */
  above = $state.raw<FirstUnread | null>(null);
  private readonly seen = new Set<Id>();

  constructor(
    private readonly needs: Needs,
    private readonly channel: Id,
    private readonly history: ChannelHistory,
    private readonly view: View,
  ) {}

  /** Call this when other rows may be in the view, or other messages unread. */
  look(): void {
    const { needs, channel, history } = this;
    const isCounted = needs.unread.has(channel) && !needs.following.behind.has(channel);
    if (!history.isInStep || !isCounted) return this.tell(null);
    const far = this.holdsFirst ? null : needs.unread.farFirst(channel);
    if (!this.holdsFirst && !far) void history.older(() => true);
    if (needs.screen.isVisible && !needs.unread.isHeld(channel)) this.mark();
    const first = this.unread[0];
    const isAbove = !this.holdsFirst || (first !== undefined && this.isAbove(first));
    this.tell(isAbove ? (far ?? first ?? null) : null);
  }

  private mark(): void {
    for (const { message } of this.view.rows()) if (message) this.seen.add(message);
    if (!this.holdsFirst) return;
    const { unread } = this;
    const end = unread.findIndex(({ id }) => !this.seen.has(id));
    const last = unread.at(end === -1 ? -1 : end - 1);
    if (end === 0 || !last) return;
    const isNewest = end === -1 && this.history.timeline.reachesPresent;
    this.needs.unread.mark(this.channel, isNewest ? this.history.timeline.newest! : last, isNewest);
  }

  private isAbove({ id }: Message): boolean {
    const bottom = this.view.bottomOfMessage(id);
    return bottom === undefined || bottom <= 0;
  }

  private tell(above: FirstUnread | null): void {
    if (this.above?.id !== above?.id) this.above = above;
  }

  private get seenTo(): number {
    return this.needs.unread.seenTo(this.channel) ?? Infinity;
  }

  /** Whether the first unread message is among those held. */
  private get holdsFirst(): boolean {
    const { oldest, reachesStart } = this.history.timeline;
    return reachesStart || (oldest?.seq ?? Infinity) <= this.seenTo + 1;
  }

  /** The unread messages that are held. */
  private get unread(): Message[] {
    const me = this.needs.session.user?.id;
    return this.history.timeline.messages.filter(
      (message) => message.seq > this.seenTo && isNewTo(me, message),
    );
  }
}
