"""Imported passwords: verified once against bcrypt, and from then on against Argon2id."""

from uuid import UUID

import bcrypt
import pytest

from coterie.accounts.passwords import Passwords
from coterie.database.pool import OwnConnection
from tests.people import PASSWORD, Browser, Person
from tests.serving import Register

LOGIN = "/api/auth/login"
CHANGE = "/api/auth/change-password"


def hashed(password: str, prefix: bytes = b"2b") -> str:
    found = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4))
    return (b"$" + prefix + found[3:]).decode()


async def brought(register: Register, rows: OwnConnection, password_hash: str | None) -> Person:
    """A user whose account was imported with this hash."""
    person = await register("brought")
    await rows.execute("UPDATE users SET password_hash = $2 WHERE id = $1", UUID(person.id), password_hash)
    return person


async def kept(rows: OwnConnection, person: Person) -> str:
    value: str = await rows.fetchval("SELECT password_hash FROM users WHERE id = $1", UUID(person.id))
    return value


async def log_in(browser: Browser, person: Person, password: str) -> int:
    return (await browser.post(LOGIN, {"username": person.username, "password": password})).status


@pytest.mark.parametrize("prefix", [b"2a", b"2b", b"2y"])
async def test_the_first_login_replaces_the_hash(
    browser: Browser, register: Register, rows: OwnConnection, prefix: bytes
) -> None:
    person = await brought(register, rows, hashed("of old times", prefix))
    assert await log_in(browser, person, "of older times") == 401
    assert (await kept(rows, person)).startswith("$2")
    assert await log_in(browser, person, "of old times") == 200
    renewed = await kept(rows, person)
    assert renewed.startswith("$argon2id$")
    assert await log_in(browser, person, "of old times") == 200
    assert await kept(rows, person) == renewed
    assert await log_in(browser, person, "of older times") == 401


async def test_only_72_bytes_counted_and_from_now_on_all_do(
    browser: Browser, register: Register, rows: OwnConnection
) -> None:
    long = "ü" * 40
    person = await brought(register, rows, hashed(long))
    assert await log_in(browser, person, "ü" * 35) == 401
    assert await log_in(browser, person, long) == 200
    assert await log_in(browser, person, "ü" * 36) == 401
    assert await log_in(browser, person, long) == 200


WHOLE = "$2b$04$" + "a" * 53


@pytest.mark.parametrize(
    "password_hash", [None, "", "plain text", "$2b$", WHOLE[:-1], WHOLE.replace("$04$", "$31$"), WHOLE + "x"]
)
async def test_what_is_no_hash_lets_nobody_in(
    browser: Browser, register: Register, rows: OwnConnection, password_hash: str | None
) -> None:
    person = await brought(register, rows, password_hash)
    assert await log_in(browser, person, "x") == 401


async def test_a_password_with_a_nul_fits_nothing() -> None:
    passwords = Passwords()
    assert not await passwords.verify("x\0y", hashed("x"))
    passwords.close()


async def test_the_password_can_be_changed_before_any_login(register: Register, rows: OwnConnection) -> None:
    person = await brought(register, rows, hashed(PASSWORD))
    await person.expect(204, "POST", CHANGE, {"current_password": PASSWORD, "new_password": "a new password"})
    assert (await kept(rows, person)).startswith("$argon2id$")


async def test_disabled_accounts_keep_their_hash(browser: Browser, register: Register, rows: OwnConnection) -> None:
    person = await brought(register, rows, hashed(PASSWORD))
    await rows.execute("UPDATE users SET disabled_at = now() WHERE id = $1", UUID(person.id))
    assert await log_in(browser, person, PASSWORD) == 403
    assert (await kept(rows, person)).startswith("$2")
