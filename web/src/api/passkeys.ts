// The routes about passkeys, and the browser's part in making and using one.
import { authenticate } from "./api";
import { failureFrom } from "./failure";
import { answered, type Http } from "./http";
import { postJson } from "./tokens";
import type { Id, Login } from "./types";

type CreationJson = PublicKeyCredentialCreationOptionsJSON;
type RequestJson = PublicKeyCredentialRequestOptionsJSON;

export function passkeyCalls(http: Http) {
  const passkey = (passkey_id: Id) => ({ params: { path: { passkey_id } } });
  return {
    list: () => answered(http.GET("/api/auth/passkeys")),
    /** Asks the device for a passkey, and keeps it. */
    async add(current_password: string, name: string) {
      const found = await answered(http.POST("/api/auth/passkeys/options", { body: { current_password } }));
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(found.options as CreationJson);
      const credential = jsonOf(await navigator.credentials.create({ publicKey }));
      return answered(http.POST("/api/auth/passkeys", { body: { name, credential } }));
    },
    rename: (id: Id, name: string) =>
      answered(http.PATCH("/api/auth/passkeys/{passkey_id}", { ...passkey(id), body: { name } })),
    remove: (id: Id, current_password: string) =>
      answered(
        http.POST("/api/auth/passkeys/{passkey_id}/remove", { ...passkey(id), body: { current_password } }),
      ),
  };
}

/** Logs in with a passkey that the user chooses. */
export async function logInWithPasskey(): Promise<Login> {
  const response = await postJson("/api/auth/passkey-login/options", {});
  if (!response.ok) throw await failureFrom(response);
  const { options } = (await response.json()) as { options: RequestJson };
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = jsonOf(await navigator.credentials.get({ publicKey }));
  return authenticate("/api/auth/passkey-login", { credential });
}

function jsonOf(credential: Credential | null): unknown {
  return (credential as PublicKeyCredential).toJSON();
}

/** The user closed the browser's dialog, or took too long. */
export const isCancelled = (error: unknown): boolean =>
  error instanceof DOMException && error.name === "NotAllowedError";

/** The device has one for this account already. */
export const isKnown = (error: unknown): boolean =>
  error instanceof DOMException && error.name === "InvalidStateError";
