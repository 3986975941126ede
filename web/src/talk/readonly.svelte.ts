// Why a user cannot write in a channel, and until when: a timeout ends by itself, without an event.
import type { Channel, Server } from "../api/types";
import { has, Permission } from "../community/permissions.svelte";
import type { Perspective } from "../community/perspective.svelte";
import type { Permissions } from "../community/permissions.svelte";

export interface Needs {
  perspective: Perspective;
  permissions: Permissions;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface ReadOnlyState {
  readonly isReadOnly: boolean;
  /** The end of the timeout, if that is the reason. */
  readonly until: Date | null;
}

export function readOnlyState(
  needs: Needs,
  place: () => { server: Server; channel: Channel | undefined },
): ReadOnlyState {
  let now = $state(Date.now());
  const server = $derived(place().server);
  const channel = $derived(place().channel);
  const subject = $derived(needs.perspective.subject(server.id));
  const isOwner = $derived(server.owner_id === subject.user);
  const me = $derived(subject.member);
  const until = $derived.by(() => {
    const end = me?.timeout_expires_at ? new Date(me.timeout_expires_at) : null;
    return end && !isOwner && end.getTime() > now ? end : null;
  });
  const isReadOnly = $derived.by(() => {
    if (isOwner || !me || !channel) return false;
    if (until) return true;
    const freed = { ...me, timeout_expires_at: null };
    return !has(needs.permissions.inChannel(server, channel, subject.user, freed), Permission.SEND_MESSAGES);
  });

  $effect(() => {
    if (!until) return;
    const wait = Math.min(Math.max(until.getTime() - Date.now(), 0), LONGEST_TIMER_MS);
    const timer = setTimeout(() => (now = Date.now()), wait + 50);
    return () => clearTimeout(timer);
  });

  return {
    get isReadOnly() {
      return isReadOnly;
    },
    get until() {
      return until;
    },
  };
}
