// What went wrong, as a sentence for users: the client's own text for the error code where the server's English is not
// enough, else the server's sentence if there is one.
import { currentLanguage } from "../text/language.svelte";
import { later, text } from "../text/texts";

export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    sentence: string,
    readonly fields: Record<string, string> = {},
    readonly retryAfterSeconds: number | null = null,
    /** Continues a login that needs one more step; empty for all else. */
    readonly challenge = "",
  ) {
    super(sentence);
  }

  /** The network or the server is unreachable; the same request may succeed later. */
  get isPassing(): boolean {
    return [0, 408, 429].includes(this.status) || this.status >= 500;
  }
}

export function unreachable(): Failure {
  return new Failure(0, "unreachable", text.errors.unreachable);
}

/** The refresh cookie is of another account. */
export function foreign(): Failure {
  return new Failure(401, "another_account", text.errors.anotherAccount);
}

export async function failureFrom(response: Response): Promise<Failure> {
  return failureOf(response, await response.json().catch(() => null));
}

export function failureOf(response: Response, answer: unknown): Failure {
  const body = isRecord(answer) ? answer : {};
  const code = typeof body.code === "string" ? body.code : "unknown";
  const ofServer = typeof body.error === "string" ? body.error : "";
  const sentence = translated(code) || ofServer || sentenceFor(response.status);
  const wait = Number(response.headers.get("Retry-After"));
  const challenge = body.challenge as string | undefined;
  return new Failure(
    response.status,
    code,
    sentence,
    fieldsOf(body.fields),
    wait > 0 ? wait : null,
    challenge,
  );
}

export function sentenceOf(error: unknown): string {
  return error instanceof Failure ? error.message : text.errors.unexpected;
}

function translated(code: string): string {
  if (currentLanguage()?.code === "en" || !(code in later.failures)) return "";
  return later.failures[code as keyof typeof later.failures];
}

function sentenceFor(status: number): string {
  if (status === 429) return text.errors.tooFast;
  if (status >= 500) return text.errors.serverTrouble;
  return text.errors.unexpected;
}

function fieldsOf(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  const sentences = Object.entries(value).filter(([, sentence]) => typeof sentence === "string");
  return Object.fromEntries(sentences) as Record<string, string>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
