"""A new JWT_SECRET: with the one before in JWT_SECRET_PREVIOUS nothing ends, without it access tokens do."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Final

import aiohttp
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from coterie.accounts.refresh_tokens import RefreshTokens
from coterie.accounts.tokens import Tokens
from coterie.identifiers import new_id
from coterie.log.nats_bus import subject_of
from coterie.settings.derived_keys import derived_key
from tests.people import Browser, Person
from tests.serving import serving, settings_for

pytestmark = pytest.mark.strict

OLD: Final = settings_for("postgresql://x").jwt_secret
NEW: Final = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
ME: Final = "/api/users/@me"
REFRESH: Final = "/api/auth/refresh"

Restart = Callable[[str], contextlib.AbstractAsyncContextManager[Person]]


@pytest.fixture
async def restarted(database_url: str, http: aiohttp.ClientSession) -> Restart:
    """The same person on a server with a new secret, and with this one before."""
    async with serving(settings_for(database_url)) as server:
        before = await Person.register(Browser(server.url, http))

    @contextlib.asynccontextmanager
    async def restart(previous: str) -> AsyncIterator[Person]:
        async with serving(settings_for(database_url, JWT_SECRET=NEW, JWT_SECRET_PREVIOUS=previous)) as server:
            yield Person(Browser(server.url, http), before.login)

    return restart


async def test_with_the_previous_one_everything_goes_on(restarted: Restart) -> None:
    async with restarted(OLD) as person:
        await person.expect(200, "GET", ME)
        answer = await person.expect(200, "POST", REFRESH, {"refresh_token": person.login["refresh_token"]})
        await Person(person, answer).expect(200, "GET", ME)
        await person.expect(200, "POST", REFRESH, {"refresh_token": answer["refresh_token"]})
        refused = await person.post(REFRESH, {"refresh_token": person.login["refresh_token"]})
        assert refused.status == 401
        assert (await person.get(ME)).code == "session_ended"


async def test_without_it_access_tokens_end_and_sessions_go_on(restarted: Restart) -> None:
    async with restarted("") as person:
        assert (await person.get(ME)).code == "unauthenticated"
        answer = await person.expect(200, "POST", REFRESH, {"refresh_token": person.login["refresh_token"]})
        await Person(person, answer).expect(200, "GET", ME)


def test_a_key_is_good_for_one_purpose() -> None:
    purposes = ["access token", "refresh token", "browser mark", "bus subject", "key id"]
    assert len({derived_key(OLD, purpose) for purpose in purposes} | {OLD.encode()}) == len(purposes) + 1
    assert subject_of(OLD) != subject_of(NEW)


def test_the_derivation_is_hkdf() -> None:
    """RFC 5869 with SHA-256, against the values of another implementation."""
    other = HKDF(hashes.SHA256(), 32, b"coterie", b"access token").derive(OLD.encode())
    assert derived_key(OLD, "access token") == other


def test_without_the_previous_one_its_tokens_mean_nothing() -> None:
    session = new_id()
    token, access = RefreshTokens(OLD).issue(session, 3), Tokens(OLD).sign(new_id(), session, "ann")
    assert RefreshTokens(NEW).read(token) is None
    assert RefreshTokens(NEW, OLD).read(token) is not None
    assert Tokens(NEW).read(access) is None
    assert Tokens(NEW, OLD).read(access) is not None
