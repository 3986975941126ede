// Sends one edit to the server, and knows which refusals are temporary.
import { Failure, failureFrom } from "../api/failure";
import { headerOf, idsOf, requestOf } from "./braid";
import type { Edit } from "./replica";
import type { Send } from "./stream";

const REQUEST_MS = 20_000;

/** Returns the frontier after it. Throws a Failure. */
export async function put(
  send: Send,
  url: string,
  peer: string,
  { version, parents, patches }: Edit,
  until: AbortSignal,
): Promise<string[]> {
  const { headers, body } = requestOf(patches);
  const about = {
    Version: headerOf([version]),
    Parents: headerOf(parents),
    Peer: peer,
    "Merge-Type": "simpleton",
  };
  const signal = AbortSignal.any([until, AbortSignal.timeout(REQUEST_MS)]);
  const request = new Request(url, { method: "PUT", headers: { ...headers, ...about }, body, signal });
  const response = await send(request);
  if (!response.ok) throw await failureFrom(response);
  const frontier = response.headers.get("Current-Version") ?? response.headers.get("Version");
  return frontier === null ? [version] : idsOf(frontier).sort();
}

/** Includes the refusals that the protocol lets clients retry: the server lacks an edit that this one follows. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Failure) || error.status === 550) return false;
  return error.isPassing || [309, 408, 425, 432].includes(error.status);
}
