// The lists of messages that stay on the page while other places are open: returning to one shows it at once, as the
// reader left it.
import type { Place, Server } from "../api/types";
import type { ChannelHistory, Histories } from "../messages/history.svelte";

/** Fewer than the histories that are held, without which a list would miss changes. */
const MOST_LISTS = 8;

export interface KeptList {
  readonly history: ChannelHistory;
  readonly place: Place;
  /** None in a conversation. */
  readonly server: Server | null;
}

export class KeptLists {
  /** In the order of the page, which stays: an element that moves loses its place. */
  all: readonly KeptList[] = [];
  /** The histories of the lists, with the one opened last at the end. */
  private opened: readonly ChannelHistory[] = [];

  constructor(private readonly histories: Pick<Histories, "of" | "held">) {}

  /** The lists to draw when this place is open. */
  open(place: Place, server: Server | null): readonly KeptList[] {
    const list: KeptList = { history: this.histories.of(place.id), place, server };
    this.opened = [...this.opened.filter((each) => each !== list.history), list.history].slice(-MOST_LISTS);
    const isKnown = this.all.some(({ history }) => history === list.history);
    const lists = isKnown ? this.all : [...this.all, list];
    this.all = lists.map((each) => (each.history === list.history ? list : each));
    return this.present();
  }

  /** Without those of places that the user can no longer view. */
  present(): readonly KeptList[] {
    this.all = this.all.filter((each) => this.isKept(each));
    return this.all;
  }

  /** A list cannot stay: something in it would go on. */
  drop(history: ChannelHistory): void {
    this.all = this.all.filter((each) => each.history !== history);
  }

  private isKept({ history, place }: KeptList): boolean {
    return this.opened.includes(history) && this.histories.held(place.id) === history;
  }
}
