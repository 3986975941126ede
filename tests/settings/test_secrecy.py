"""Which secrets are strong enough."""

import secrets

import pytest

from coterie.startup.secrecy import weakness

pytestmark = pytest.mark.strict


@pytest.mark.parametrize("make", [secrets.token_hex, secrets.token_urlsafe])
def test_random_secrets_pass(make: object) -> None:
    assert callable(make)
    assert [weakness(make(size)) for size in (32, 48) for _ in range(500)] == [""] * 1000


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ("", "has 0 characters, but needs at least 32"),
        ("x9" * 15, "has 30 characters"),
        ("a" * 64, "repeats itself"),
        ("abcdefghij" * 4, "repeats itself"),
        ("0123456789abcdef0123456789abcdef", "repeats itself"),
        ("changeme-changeme-changeme-changem", "is a phrase"),
        ("your-super-secret-jwt-key-change-in-production", "is a phrase"),
        ("your_jwt_secret_here_at_least_32_characters_long", "is a phrase"),
        ("dev-secret-change-me-in-production-please-123456", "is a phrase"),
        ("12345678901234567890123456789012", "is a phrase"),
    ],
)
def test_weak_secrets_are_explained(secret: str, reason: str) -> None:
    assert weakness(secret).startswith(reason)
