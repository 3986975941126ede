"""The errors that only this package answers with."""

from coterie.errors import Entry

PASSKEY_REFUSED = Entry(401, "passkey_refused", "This passkey was not accepted. Try again, or log in another way.")
TOO_MANY_PASSKEYS = Entry(400, "too_many_passkeys", "Your account has as many passkeys as it can have. Remove one.")
PASSKEY_EXISTS = Entry(409, "passkey_exists", "This passkey is on an account already.")
NO_PASSKEYS = Entry(404, "no_passkeys", "This instance has no public address, so it has no passkeys.")
