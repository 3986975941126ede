// Which side panels are open. Wide windows show them beside the messages, narrow ones as drawers.
import { createContext } from "svelte";
import { MediaQuery } from "svelte/reactivity";
import { keep, recall } from "../store/storage";

const KEY = "coterie-members";

export class Layout {
  readonly wide = new MediaQuery("min-width: 64rem");
  readonly medium = new MediaQuery("min-width: 48rem");
  isNavigationOpen = $state(false);
  isMembersOpen = $state(false);
  private wantsMembers = $state(recall(KEY) !== "hidden");

  showsMembers = $derived(this.wide.current && this.wantsMembers);

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
