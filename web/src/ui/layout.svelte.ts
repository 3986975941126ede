// Which side panels are open. Wide windows show them beside the messages, narrow ones as drawers.
import { createContext } from "svelte";
import { MediaQuery } from "svelte/reactivity";
import { keep, recall } from "../store/storage";

const KEY = "coterie-members";

export class Layout {
  readonly wide = $derived.by(
    () => new MediaQuery(`min-width: ${(this.hasPanel() ? 100 : 64) * this.rem()}px`),
  );
  readonly medium = $derived.by(() => new MediaQuery(`min-width: ${48 * this.rem()}px`));
  isNavigationOpen = $state(false);
  isMembersOpen = $state(false);
  private wantsMembers = $state(recall(KEY) !== "hidden");

  showsMembers = $derived(this.wide.current && this.wantsMembers);

  /**
   * Larger text needs wider windows, and so do the panels beside the messages: `rem` is the size of the text in pixels.
   */
  constructor(
    private readonly rem: () => number,
    private readonly hasPanel: () => boolean,
    /** Whether the closed drawer hides something new. */
    readonly hasNews: () => boolean,
  ) {}

  toggleMembers(): void {
    if (!this.wide.current) {
      this.isMembersOpen = !this.isMembersOpen;
      return;
    }
    this.wantsMembers = !this.wantsMembers;
    keep(KEY, this.wantsMembers ? null : "hidden");
  }

  closeDrawers(): void {
    this.isNavigationOpen = false;
    this.isMembersOpen = false;
  }
}

export const [useLayout, provideLayout] = createContext<Layout>();
