// Small things kept in the browser. A full or forbidden storage costs only the memory, never the function.

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
    // Private windows and full disks: nothing is lost but the convenience.
  }
}

/** What names an account, a server or a channel says something of a person. */
const PERSONAL = /^coterie-.*[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

/** Who logs out leaves nothing behind on a shared machine but how the interface looks. */
export function forgetPersonal(): void {
  try {
    for (const key of Object.keys(localStorage)) if (PERSONAL.test(key)) keep(key, null);
  } catch {
    // Nothing could be kept, so there is nothing to forget.
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
