// Requests with the session's token: renewed before it ends, and once more when the server refuses it.
import { failureFrom, unreachable } from "./failure";
import type { Tokens } from "./tokens";

type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

export class Http {
  constructor(private readonly tokens: Tokens) {}

  get<T>(path: string): Promise<T> {
    return this.request<T>("GET", path);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.request<T>("POST", path, body);
  }

  patch<T>(path: string, body: unknown): Promise<T> {
    return this.request<T>("PATCH", path, body);
  }

  delete(path: string): Promise<void> {
    return this.request<void>("DELETE", path);
  }

  private async request<T>(method: Method, path: string, body?: unknown): Promise<T> {
    const token = await this.tokens.current();
    let response = await send(method, path, body, token);
    if (response.status === 401) {
      const grant = await this.tokens.renew(token);
      response = await send(method, path, body, grant.token);
    }
    if (!response.ok) throw await failureFrom(response);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }
}

async function send(method: Method, path: string, body: unknown, token: string): Promise<Response> {
  const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(path, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  } catch {
    throw unreachable();
  }
}
