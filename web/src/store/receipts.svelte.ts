// How far what was said has reached the others: delivered to a device of theirs, and read. Also tells the server what
// has reached this device. Positions only grow, so it does not matter in which order things arrive.
import { SvelteMap } from "svelte/reactivity";
import type { ConversationCalls } from "../api/people";
import type { Id, Message, Receipt } from "../api/types";

/** Who is told apart for one message: `read` are counted as delivered too. */
export interface Reach {
  read: Id[];
  delivered: Id[];
  /** Everybody else who is in the conversation. */
  others: Id[];
}

const PAUSE_MS = 400;
const AT_ONCE = 8;

export class Receipts {
  private readonly held = new SvelteMap<Id, SvelteMap<Id, Receipt>>();
  private readonly loaded = new Set<Id>();
  private readonly arrived = new Map<Id, Message["id"]>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `tell` says that a conversation has reached this device up to a message. */
  constructor(
    private readonly calls: ConversationCalls,
    private readonly tell: (conversation: Id, message: Id) => boolean,
  ) {}

  /** Fetches how far the others have come, unless that is known and followed already. */
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

  /** A message has reached this device; the server is told of the newest of each conversation, a few at a time. */
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
      if (!this.tell(conversation, message)) return; // the next connection tells what is unread
      this.arrived.delete(conversation);
    }
    if (this.arrived.size) this.timer = setTimeout(() => this.flush(), PAUSE_MS);
  }
}

function further(known: Receipt | undefined, told: Receipt): Receipt {
  if (!known) return told;
  const isDelivered = told.delivered_position > known.delivered_position;
  const isRead = told.read_position > known.read_position;
  return {
    ...told,
    delivered_position: isDelivered ? told.delivered_position : known.delivered_position,
    delivered_at: isDelivered ? told.delivered_at : known.delivered_at,
    read_position: isRead ? told.read_position : known.read_position,
    read_at: isRead ? told.read_at : known.read_at,
  };
}
