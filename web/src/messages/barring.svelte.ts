// Why somebody may not write in a channel, and until when: a timeout ends by itself, without an event.
import type { Channel, Server } from "../api/types";
import type { Application } from "../store/application.svelte";
import { has, Permission } from "../store/rights.svelte";

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface Barring {
  readonly isBarred: boolean;
  /** The end of the timeout, if that is the reason. */
  readonly until: Date | null;
}

export function barring(
  app: Application,
  place: () => { server: Server; channel: Channel | undefined },
): Barring {
  let now = $state(Date.now());
  const server = $derived(place().server);
  const channel = $derived(place().channel);
  const judged = $derived(app.perspective.judged(server.id));
  const isOwner = $derived(server.owner_id === judged.user);
  const me = $derived(judged.member);
  const until = $derived.by(() => {
    const end = me?.timeout_expires_at ? new Date(me.timeout_expires_at) : null;
    return end && !isOwner && end.getTime() > now ? end : null;
  });
  const isBarred = $derived.by(() => {
    if (isOwner || !me || !channel) return false;
    if (until) return true;
    const freed = { ...me, timeout_expires_at: null };
    return !has(app.rights.inChannel(server, channel, judged.user, freed), Permission.SEND_MESSAGES);
  });

  $effect(() => {
    if (!until) return;
    const wait = Math.min(Math.max(until.getTime() - Date.now(), 0), LONGEST_TIMER_MS);
    const timer = setTimeout(() => (now = Date.now()), wait + 50);
    return () => clearTimeout(timer);
  });

  return {
    get isBarred() {
      return isBarred;
    },
    get until() {
      return until;
    },
  };
}
