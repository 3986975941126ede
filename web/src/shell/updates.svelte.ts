// The client's own program in this browser: the service worker that serves it without a network, and a newer build that
// waits for the user's consent. Service workers need a secure context; elsewhere this does nothing.

/** The first screen has priority. */
const REST_MS = 3_000;

export class Updates {
  /** Whether a newer build was downloaded and is ready. */
  isWaiting = $state(false);
  private registration: ServiceWorkerRegistration | null = null;
  private isWanted = false;
  private isLookWanted = false;

  start(): void {
    if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
    navigator.serviceWorker.addEventListener("controllerchange", () => {
      if (this.isWanted) location.reload();
    });
    setTimeout(() => void this.register(), REST_MS);
  }

  /** The server was unreachable, and may have been replaced by a newer one. */
  look(): void {
    this.isLookWanted = this.registration === null;
    this.registration?.update().catch(() => undefined); // the next check finds it
  }

  /** Reloads with the newer build. */
  take(): void {
    this.isWanted = true;
    this.registration?.waiting?.postMessage("take over");
  }

  private async register(): Promise<void> {
    try {
      this.registration = await navigator.serviceWorker.register("/sw.js");
    } catch {
      return; // forbidden by the browser: the client then needs the network
    }
    this.follow(this.registration);
    if (!navigator.serviceWorker.controller) void tellUsed();
    if (this.isLookWanted) this.look();
  }

  private follow(registration: ServiceWorkerRegistration): void {
    const note = () =>
      (this.isWaiting = registration.waiting !== null && navigator.serviceWorker.controller !== null);
    registration.addEventListener("updatefound", () =>
      registration.installing?.addEventListener("statechange", note),
    );
    note();
  }
}

/** On the first visit the page loads its parts before the service worker runs, which must store them nevertheless. */
async function tellUsed(): Promise<void> {
  const { active } = await navigator.serviceWorker.ready;
  const reportUsed = (entries: PerformanceEntryList) =>
    active?.postMessage({ used: entries.map(({ name }) => new URL(name).pathname) });
  new PerformanceObserver((list) => reportUsed(list.getEntries())).observe({
    type: "resource",
    buffered: true,
  });
}
