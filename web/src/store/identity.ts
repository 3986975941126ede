// Ids that a client generates. randomUUID exists in secure contexts only; plain HTTP at home must work too.

export function makeKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
