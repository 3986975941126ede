"""Which access tokens are valid, tested with GET /api/users/@me; every private route checks them the same way."""

import time
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from coterie.accounts.tokens import ACCESS_SECONDS, LEEWAY_SECONDS, PURPOSE, key_id
from coterie.database.pool import OwnConnection
from coterie.http.credentials import SESSION_COOKIE
from coterie.settings.derived_keys import derived_key
from tests.people import Browser, Community, Person
from tests.serving import LiveServer, Register

pytestmark = pytest.mark.strict

PATH = "/api/users/@me"


def claims_of(person: Person, secret: str) -> dict[str, Any]:
    key = OctKey.import_key(derived_key(secret, PURPOSE))
    return dict(jwt.decode(person.login["access_token"], key, algorithms=["HS256"]).claims)


def signed(claims: dict[str, Any], secret: str, algorithm: str = "HS256") -> str:
    key = OctKey.import_key(derived_key(secret, PURPOSE))
    return jwt.encode({"alg": algorithm, "kid": key_id(secret)}, claims, key, algorithms=[algorithm])


def signed_of_old(claims: dict[str, Any], secret: str) -> str:
    """As earlier versions signed."""
    old = {name: value for name, value in claims.items() if name not in ("iss", "aud", "gen")}
    return jwt.encode({"alg": "HS256"}, old, OctKey.import_key(secret), algorithms=["HS256"])


@pytest.fixture
def person(shared_community: Community) -> Person:
    return shared_community.member


@pytest.fixture
def secret(live_server: LiveServer) -> str:
    return live_server.settings.jwt_secret


async def status_with(person: Person, token: str) -> tuple[int, str | None]:
    answer = await person.get(PATH, headers={"Authorization": f"Bearer {token}"})
    return answer.status, answer.code


async def test_it_works(person: Person, secret: str) -> None:
    claims = claims_of(person, secret)
    assert claims["sub"] == person.id
    assert (claims["username"], claims["token_type"]) == (person.username, "access")
    assert claims["exp"] - claims["iat"] == ACCESS_SECONDS
    assert await status_with(person, signed(claims, secret)) == (200, None)


async def test_an_expired_one_counts_for_the_leeway_only(person: Person, secret: str) -> None:
    claims = claims_of(person, secret)
    now = int(time.time())
    late = signed({**claims, "exp": now - LEEWAY_SECONDS + 30}, secret)
    assert await status_with(person, late) == (200, None)
    expired = signed({**claims, "exp": now - LEEWAY_SECONDS - 1}, secret)
    assert await status_with(person, expired) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "change",
    [
        {"token_type": "refresh"},
        {"token_type": None},
        {"sub": "nobody"},
        {"sub": 5},
        {"sid": ""},
        {"exp": "tomorrow"},
        {"exp": None},
        {"iss": "another"},
        {"aud": "another"},
        {"aud": ["coterie", "another"]},
        {"gen": "x"},
    ],
)
async def test_a_claim_that_does_not_fit_is_refused(person: Person, secret: str, change: dict[str, Any]) -> None:
    claims = {**claims_of(person, secret), **change}
    assert await status_with(person, signed(claims, secret)) == (401, "unauthenticated")


@pytest.mark.parametrize("claim", ["sub", "sid", "exp", "token_type", "iss", "aud", "gen"])
async def test_a_missing_claim_is_refused(person: Person, secret: str, claim: str) -> None:
    claims = claims_of(person, secret)
    del claims[claim]
    assert await status_with(person, signed(claims, secret)) == (401, "unauthenticated")


async def test_one_of_an_earlier_version_is_valid_until_it_expires(person: Person, secret: str) -> None:
    claims = claims_of(person, secret)
    assert await status_with(person, signed_of_old(claims, secret)) == (200, None)
    expired = signed_of_old({**claims, "exp": int(time.time()) - LEEWAY_SECONDS - 1}, secret)
    assert await status_with(person, expired) == (401, "unauthenticated")
    assert await status_with(person, signed_of_old(claims, "another" + secret)) == (401, "unauthenticated")


async def test_the_secret_itself_signs_nothing_that_names_a_key(person: Person, secret: str) -> None:
    claims, key = claims_of(person, secret), OctKey.import_key(secret)
    for kid in (key_id(secret), "another", "", 5, None):
        token = jwt.encode({"alg": "HS256", "kid": kid}, claims, key) if isinstance(kid, str) else f"{kid}.x.y"
        assert await status_with(person, token) == (401, "unauthenticated")


async def test_a_foreign_signature_is_refused(person: Person, secret: str) -> None:
    claims = claims_of(person, secret)
    forged = signed(claims, "another secret that is long enough to be taken")
    assert await status_with(person, forged) == (401, "unauthenticated")
    head, body, signature = person.login["access_token"].split(".")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    for token in (f"{unsigned}.{body}.", f"{unsigned}.{body}.{signature}", f"{head}.{body}.", f"{head}.{body}"):
        assert await status_with(person, token) == (401, "unauthenticated")
    other = signed(claims, secret, "HS512")
    assert await status_with(person, other) == (401, "unauthenticated")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 5000, "\N{SNOWMAN}".encode().decode("latin-1")])
async def test_what_is_no_token_is_refused(person: Person, token: str) -> None:
    assert await status_with(person, token) == (401, "unauthenticated")


async def test_a_refresh_token_is_no_access_token(person: Person) -> None:
    assert await status_with(person, person.login["refresh_token"]) == (401, "unauthenticated")


@pytest.mark.parametrize("scheme", ["bearer ", "BEARER ", "Bearer", "Basic ", "Bot ", ""])
async def test_the_scheme_is_exact(person: Person, scheme: str) -> None:
    answer = await person.get(PATH, headers={"Authorization": f"{scheme}{person.token}"})
    assert (answer.status, answer.code) == (401, "unauthenticated")


async def test_anonymous_is_asked_to_log_in(browser: Browser) -> None:
    answer = await browser.get(PATH)
    assert (answer.status, answer.code) == (401, "unauthenticated")


async def test_the_cookie_is_never_taken_for_a_call(person: Person, browser: Browser) -> None:
    cookie = {"Cookie": f"{SESSION_COOKIE}={person.token}"}
    calls = [("GET", PATH), ("PATCH", PATH), ("POST", "/api/servers"), ("POST", "/api/auth/logout")]
    for method, path in calls:
        answer = await browser.call(
            method, path, headers=cookie, **({} if method == "GET" else {"json": {"name": "x"}})
        )
        assert (answer.status, answer.code) == (401, "unauthenticated")
    await person.expect(200, "GET", PATH)


async def test_it_ends_with_its_session(register: Register, secret: str, rows: OwnConnection) -> None:
    person = await register()
    claims = claims_of(person, secret)
    assert await status_with(person, signed({**claims, "sid": str(uuid4())}, secret)) == (401, "session_ended")
    await rows.execute(
        "UPDATE sessions SET created_at = now() - interval '8 days', expires_at = now() WHERE id = $1", claims["sid"]
    )
    assert await status_with(person, person.login["access_token"]) == (401, "session_ended")


async def test_it_does_not_open_another_account(person: Person, secret: str, register: Register) -> None:
    other = await register()
    crossed = {**claims_of(person, secret), "sub": other.id}
    assert await status_with(person, signed(crossed, secret)) == (401, "session_ended")


async def test_it_ends_with_the_account(register: Register, rows: OwnConnection) -> None:
    person = await register()
    await rows.execute("UPDATE users SET disabled_at = now() WHERE id = $1", person.id)
    assert (await person.get(PATH)).code == "session_ended"
    gone = await register()
    await rows.execute("DELETE FROM topics WHERE id = $1", gone.id)
    assert (await gone.get(PATH)).code == "session_ended"
