// The client's own program in this browser: the service worker that serves it without a network, and a newer build that
// waits until the person wants it. Only a secure context has service workers; elsewhere this does nothing.

/** The first screen comes first. */
const REST_MS = 3_000;

export class Updates {
  /** Whether the server brought a newer build, which is ready. */
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

  /** The server was away, and may have been replaced by a newer one. */
  look(): void {
    this.isLookWanted = this.registration === null;
    this.registration?.update().catch(() => undefined); // the next look finds it
  }

  /** Begins anew with the newer build. */
  take(): void {
    this.isWanted = true;
    this.registration?.waiting?.postMessage("take over");
  }

  private async register(): Promise<void> {
    try {
      this.registration = await navigator.serviceWorker.register("/sw.js");
    } catch {
      return; // forbidden by the browser: then the client needs the network
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

/** On its first visit the page loads its parts past the service worker, which is to keep them all the same. */
async function tellUsed(): Promise<void> {
  const { active } = await navigator.serviceWorker.ready;
  const tell = (entries: PerformanceEntryList) =>
    active?.postMessage({ used: entries.map(({ name }) => new URL(name).pathname) });
  new PerformanceObserver((list) => tell(list.getEntries())).observe({ type: "resource", buffered: true });
}
