// Requests with the session's access token. The token is renewed before it expires, and once more if the server rejects
// it. Paths, parameters and bodies are checked against the server's API document.
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

/** The server's response. Throws a Failure if the server refused or could not be reached. */
export async function answered<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw failureOf(response, error);
  return data as T;
}

/** Sends the request with a token and leaves the response to the caller. Throws a Failure if there is no response. */
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
