// How far messages have reached the other participants: delivered to one of their devices, and read. Also reports what
// has reached this device. Positions only grow, so the order of arrival does not matter.
//
// A device reports the newest message that it received, a few conversations at a time. A message counts as read when
// the read mark is set, where the newest message is on the screen of a visible window.
import { SvelteMap } from "svelte/reactivity";
import type { ConversationCalls } from "../api/people";
import type { Id, Message, Receipt } from "../api/types";

/** Who has received one message and who has read it; `read` are included in delivered. */
export interface Reach {
  read: Id[];
  delivered: Id[];
  /** All other participants. */
  others: Id[];
}

const PAUSE_MS = 400;
const AT_ONCE = 8;

export class Receipts {
  private readonly held = new SvelteMap<Id, SvelteMap<Id, Receipt>>();
  private readonly loaded = new Set<Id>();
  private readonly arrived = new Map<Id, Message["id"]>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `report` reports that a conversation has reached this device up to a message. */
  constructor(
    private readonly calls: ConversationCalls,
    private readonly report: (conversation: Id, message: Id) => boolean,
  ) {}

  /** Fetches the other participants' positions, unless they are known and up to date. */
  load(conversation: Id): void {
    if (this.loaded.has(conversation)) return;
    this.loaded.add(conversation);
    this.calls.receipts(conversation).then(
      (receipts) => {
        for (const receipt of receipts) this.put(conversation, receipt);
      },
      () => this.loaded.delete(conversation),
    );
  }

  /** Something may have been missed. */
  markStale(): void {
    this.loaded.clear();
  }

  put(conversation: Id, receipt: Receipt): void {
    const known = this.held.get(conversation) ?? new SvelteMap<Id, Receipt>();
    this.held.set(conversation, known);
    known.set(receipt.user_id, further(known.get(receipt.user_id), receipt));
  }

  reach(conversation: Id, seq: number, people: Id[]): Reach {
    const known = this.held.get(conversation);
    const read = people.filter((id) => (known?.get(id)?.read_position ?? 0) >= seq);
    const delivered = people.filter(
      (id) => !read.includes(id) && (known?.get(id)?.delivered_position ?? 0) >= seq,
    );
    return { read, delivered, others: people.filter((id) => !read.includes(id) && !delivered.includes(id)) };
  }

  /** A message has reached this device; the newest of each conversation is reported, a few at a time. */
  received(conversation: Id, message: Id): void {
    this.arrived.delete(conversation);
    this.arrived.set(conversation, message);
    this.timer ??= setTimeout(() => this.flush(), PAUSE_MS);
  }

  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.held.clear();
    this.loaded.clear();
    this.arrived.clear();
  }

  private flush(): void {
    this.timer = undefined;
    for (const [conversation, message] of [...this.arrived].slice(0, AT_ONCE)) {
      if (!this.report(conversation, message)) return; // the next READY contains what is unread
      this.arrived.delete(conversation);
    }
    if (this.arrived.size) this.timer = setTimeout(() => this.flush(), PAUSE_MS);
  }
}

function further(known: Receipt | undefined, update: Receipt): Receipt {
  if (!known) return update;
  const isDelivered = update.delivered_position > known.delivered_position;
  const isRead = update.read_position > known.read_position;
  return {
    ...update,
    delivered_position: isDelivered ? update.delivered_position : known.delivered_position,
    delivered_at: isDelivered ? update.delivered_at : known.delivered_at,
    read_position: isRead ? update.read_position : known.read_position,
    read_at: isRead ? update.read_at : known.read_at,
  };
}
