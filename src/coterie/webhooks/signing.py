"""The secrets with which deliveries are signed, and the signatures."""

import hmac
import secrets
from typing import Final

PURPOSE: Final = "webhook secrets"
"""For which the secrets are encrypted."""


def new_secret() -> str:
    """64 hexadecimal digits."""
    return secrets.token_hex(32)


def signature(secret: str, body: bytes) -> str:
    """The value of the header X-Together-Signature-256."""
    return f"sha256={hmac.digest(secret.encode(), body, 'sha256').hex()}"
