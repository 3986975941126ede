// Where the person is, kept in the address's fragment so that reload, back and links work.
import type { Id } from "../api/types";

const PATTERN = /^#\/s\/([0-9a-f-]{36})(?:\/([0-9a-f-]{36}))?$/;

const INVITE = /^#\/i\/([A-Za-z0-9]{1,64})$/;

export class Route {
  server = $state<Id | null>(null);
  channel = $state<Id | null>(null);

  /** The code of an invite, of which somebody opened the link. */
  invite = $state<string | null>(null);

  constructor() {
    this.read();
    addEventListener("hashchange", () => this.read());
  }

  home(): void {
    this.go("#/");
  }

  to(server: Id, channel: Id | null): void {
    this.go(placeAt(server, channel));
  }

  /** Names the channel that is shown, if any, without adding a step to the history. */
  settle(server: Id, channel: Id | null): void {
    history.replaceState(null, "", placeAt(server, channel));
    this.read();
  }

  private go(fragment: string): void {
    if (location.hash !== fragment) history.pushState(null, "", fragment);
    this.read();
  }

  private read(): void {
    const match = PATTERN.exec(location.hash);
    this.server = match?.[1] ?? null;
    this.channel = match?.[2] ?? null;
    this.invite = INVITE.exec(location.hash)?.[1] ?? null;
  }
}

function placeAt(server: Id, channel: Id | null): string {
  return channel ? `#/s/${server}/${channel}` : `#/s/${server}`;
}
