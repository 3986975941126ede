// The responses to requests, shown in order with what events change: an event is newer than the response to a request
// that was sent before it arrived.
export class Answers {
  /** Per request that is under way, the changes since it was sent. */
  private readonly pending = new Set<(() => unknown)[]>();

  /** Applies a change that an event brought, also after the response to any request that is under way. */
  change(apply: () => unknown): void {
    apply();
    for (const changes of this.pending) changes.push(apply);
  }

  /** Shows the response, and then the changes that arrived since the request was sent. */
  async show<T>(request: Promise<T>, show: (answer: T) => void): Promise<T> {
    const changes: (() => unknown)[] = [];
    this.pending.add(changes);
    try {
      const answer = await request;
      show(answer);
      for (const apply of changes) apply();
      return answer;
    } finally {
      this.pending.delete(changes);
    }
  }
}
