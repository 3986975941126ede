// In a crowd, presences are not sent one by one: the server tells each client to fetch them, at different times.
import type { Id, Member } from "../api/types";
import type { Answers } from "../store/answers";
import type { PresenceReset } from "../sync/frames";

/** This many members of the open server are fetched again: those who joined first. */
export const ASKED = 1_000;

interface Asking {
  answers: Answers;
  /** The server whose members are on the screen. */
  open: () => Id | null;
  servers: () => Id[];
  members: (server: Id, limit: number) => Promise<Member[]>;
  found: (member: Member) => void;
  stale: (servers: Id[]) => void;
}

export class Presences {
  private readonly due = new Map<Id, ReturnType<typeof setTimeout>>();

  constructor(private readonly asking: Asking) {}

  /** What is not shown is fetched when it becomes visible. */
  reset({ server_id: server, spread_seconds: spread }: PresenceReset): void {
    const open = this.asking.open();
    const meant = server === null ? this.asking.servers() : [server];
    this.asking.stale(meant.filter((id) => id !== open));
    if (open && (server === null || server === open)) this.plan(open, Math.random() * spread * 1000);
  }

  clear(): void {
    for (const timer of this.due.values()) clearTimeout(timer);
    this.due.clear();
  }

  private plan(server: Id, delay: number): void {
    if (this.due.has(server)) return;
    this.due.set(
      server,
      setTimeout(() => this.ask(server), delay),
    );
  }

  private ask(server: Id): void {
    this.due.delete(server);
    if (this.asking.open() !== server) return;
    const { answers, members, found } = this.asking;
    const shown = answers.show(members(server, ASKED), (those) => those.forEach(found));
    shown.catch(() => undefined); // the next opening retries
  }
}
