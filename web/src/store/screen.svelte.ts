// What is open on the screen besides what the address names.
import type { Id } from "../api/types";

export class Screen {
  /** Whether the window can be seen at all. */
  isVisible = $state(!document.hidden);

  /** The person whose card is open. */
  person = $state<Id | null>(null);

  isSearching = $state(false);
  isInboxOpen = $state(false);

  /** Whether people are being chosen for a new conversation. */
  isBeginning = $state(false);

  /** The message to show, until its channel shows it. */
  target = $state<{ channel: Id; message: Id } | null>(null);

  /** Counts the requests to show the newest message of the open channel. */
  newestRequests = $state(0);
}
