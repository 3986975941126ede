"""Passkeys (WebAuthn): logging in with a key that a device or a password manager keeps, in place of the password."""
