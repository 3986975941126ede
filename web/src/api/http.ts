// Requests with the session's token: renewed before it ends, and once more when the server refuses it.
// Paths, parameters and bodies are checked against the server's own description.
import createClient, { type Client } from "openapi-fetch";
import { failureOf, unreachable } from "./failure";
import type { paths } from "./schema";
import type { Tokens } from "./tokens";

export type Http = Client<paths>;

export function createHttp(tokens: Tokens): Http {
  return createClient<paths>({ baseUrl: location.origin, fetch: (request) => authorized(tokens, request) });
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What the server answered. Throws a Failure when it refused or could not be reached. */
export async function answered<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw failureOf(response, error);
  return data as T;
}

/** Sends it with a token; whatever was answered is left to who asked. Throws a Failure when there is no answer. */
export async function authorized(tokens: Tokens, request: Request): Promise<Response> {
  const token = await tokens.current();
  const response = await send(request, token);
  if (response.status !== 401) return response;
  return send(request, (await tokens.renew(token)).token);
}

async function send(request: Request, token: string): Promise<Response> {
  const attempt = request.clone();
  attempt.headers.set("Authorization", `Bearer ${token}`);
  try {
    return await fetch(attempt);
  } catch {
    throw unreachable();
  }
}
