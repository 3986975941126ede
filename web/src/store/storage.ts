// Small values stored in the browser. If storage is full or forbidden, they are not stored, but everything still works.

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function keep(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Private windows and full disks: only convenience is lost.
  }
}

/** Keys that contain the id of an account, a server or a channel reveal something about a user. */
const PERSONAL = /^coterie-.*[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

/** After a logout, nothing is left behind on a shared machine except the appearance settings. */
export function forgetPersonal(): void {
  try {
    for (const key of Object.keys(localStorage)) if (PERSONAL.test(key)) keep(key, null);
  } catch {
    // Nothing could be stored, so there is nothing to delete.
  }
}

export function recallRecord<T>(key: string): Record<string, T> {
  try {
    const value: unknown = JSON.parse(recall(key) ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, T>) : {};
  } catch {
    return {};
  }
}
