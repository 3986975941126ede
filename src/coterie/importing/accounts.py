"""Accounts that are brought along: with a name that is free here, their bcrypt hash, and never more rights than others.

Nobody who has an account here loses it to a namesake: who comes later gets a suffix, and an address that is taken here
stays with who has it. Only the operator can say that two accounts are one person (`--link`).
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from coterie.accounts.passwords import BCRYPT, Passwords
from coterie.database.connection import Row
from coterie.importing import texts
from coterie.importing.engine import Compared
from coterie.importing.work import Work

KIND: Final = "users"
ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+")
PUBLISHED_PASSWORD: Final = "password123"  # noqa: S105  (of accounts that came with the other program)


class Account(Struct, frozen=True):
    """An account as it was."""

    old_id: UUID
    username: str | None
    email: str | None
    password_hash: str | None
    created_at: datetime
    avatar_url: str | None = None
    bio: str | None = None
    pronouns: str | None = None
    custom_status: str | None = None
    is_admin: bool = False
    is_bot: bool = False
    disabled_at: datetime | None = None


async def bring(work: Work, accounts: Sequence[Account]) -> None:
    """Make the accounts of a batch that were not made before."""
    known = await work.known(KIND, [account.old_id for account in accounts])
    new = [account for account in accounts if str(account.old_id) not in known]
    new = await _without_linked(work, new)
    if not new:
        return
    ids = await work.topics_for(KIND, [account.old_id for account in new])
    names = await _names(work, new)
    emails = await _emails(work, new)
    hashes = [await _password_hash(work, account) for account in new]
    await work.connection.execute(
        """
        WITH given AS (
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                                 $8::text[], $9::bool[], $10::timestamptz[], $11::timestamptz[])
                AS given (id, username, email, password_hash, avatar_url, bio, pronouns, custom_status, is_bot,
                          disabled_at, created_at)
        ), opened AS (INSERT INTO topics (id, kind) SELECT id, 'user' FROM given)
        INSERT INTO users (id, username, email, password_hash, avatar_url, bio, pronouns, custom_status, is_bot,
                           disabled_at, created_at)
        SELECT id, username, email, password_hash, avatar_url, bio, pronouns, custom_status, is_bot, disabled_at,
               created_at
        FROM given
        """,
        [ids[account.old_id] for account in new],
        [names[account.old_id] for account in new],
        [emails[account.old_id] for account in new],
        hashes,
        [_picture(work, account) for account in new],
        [_short(work, account, "bio", 500) for account in new],
        [_short(work, account, "pronouns", 40) for account in new],
        [_short(work, account, "custom_status", 128) for account in new],
        [account.is_bot for account in new],
        [account.disabled_at for account in new],
        [account.created_at for account in new],
    )
    await work.remember(KIND, {str(old): id for old, id in ids.items()})
    for account in new:
        if account.is_admin:
            work.change(KIND, account.old_id, "was an administrator; `coterie user promote` makes it one here", "")


async def _without_linked(work: Work, accounts: Sequence[Account]) -> list[Account]:
    """Those of whom the operator did not say that they have an account here."""
    linked = [account for account in accounts if account.old_id in work.links]
    for account in linked:
        work.change(KIND, account.old_id, "is an account that was here, as the operator said", account.username)
    await work.remember(KIND, {str(account.old_id): work.links[account.old_id] for account in linked})
    return [account for account in accounts if account.old_id not in work.links]


async def _names(work: Work, accounts: Sequence[Account]) -> dict[UUID, str]:
    """A free name for each; the oldest accounts, which come first, keep theirs."""
    wanted = {each.old_id: texts.username(each.username, each.email, each.old_id) for each in accounts}
    names: dict[UUID, str] = {}
    number, missing = 1, wanted
    while missing:
        tried = {old: name if number == 1 else texts.variant(name, number, old) for old, name in missing.items()}
        rows = await work.connection.fetch(
            "SELECT lower(username) AS name FROM users WHERE lower(username) = ANY($1)",
            [name.lower() for name in tried.values()],
        )
        taken = {row["name"] for row in rows} | {name.lower() for name in names.values()}
        for old, name in tried.items():
            if name.lower() not in taken:
                names[old] = name
                taken.add(name.lower())
        missing = {old: name for old, name in missing.items() if old not in names}
        number += 1
    for account in accounts:
        if names[account.old_id] != account.username:
            work.change(KIND, account.old_id, "renamed", f"{account.username!r} is {names[account.old_id]}")
    return names


async def _emails(work: Work, accounts: Sequence[Account]) -> dict[UUID, str | None]:
    """The address of each, if it is one and nobody has it."""
    rows = await work.connection.fetch(
        "SELECT lower(email) AS email FROM users WHERE lower(email) = ANY($1)",
        [account.email.strip().lower() for account in accounts if account.email],
    )
    taken = {row["email"] for row in rows}
    emails: dict[UUID, str | None] = {}
    for account in accounts:
        email = (account.email or "").strip()
        emails[account.old_id] = None
        if not email:
            continue
        if not ADDRESS.fullmatch(email) or not 3 <= len(email) <= 254:
            work.change(KIND, account.old_id, "without its e-mail address, which is none", email)
        elif email.lower() in taken:
            work.change(KIND, account.old_id, "without its e-mail address, which another account has", email)
        else:
            emails[account.old_id] = email
            taken.add(email.lower())
    return emails


async def _password_hash(work: Work, account: Account) -> str | None:
    """The hash to verify the first login with; None lets nobody in until an administrator resets the password."""
    given = account.password_hash or ""
    if account.is_bot:
        return None
    if not BCRYPT.fullmatch(given):
        work.change(KIND, account.old_id, "without a password: its hash is none of bcrypt, or of too high a cost")
        return None
    if account.old_id.int < 1 << 16 and await _is_published(given):
        work.change(KIND, account.old_id, "without a password: it had the one that is published")
        return None
    return given


async def _is_published(password_hash: str) -> bool:
    passwords = Passwords()
    try:
        return await passwords.verify(PUBLISHED_PASSWORD, password_hash)
    finally:
        passwords.close()


def _picture(work: Work, account: Account) -> str | None:
    url = account.avatar_url
    if url and not texts.is_address(url):
        work.change(KIND, account.old_id, "without its picture, whose address is none", url)
        return None
    return url or None


def _short(work: Work, account: Account, field: str, length: int) -> str | None:
    text: str | None = getattr(account, field)
    if text and len(text) > length:
        work.change(KIND, account.old_id, f"{field} cut to {length} characters", text[length:])
    return texts.cut(text, length)


async def compare(work: Work, rows: list[Row]) -> list[Compared]:
    """When accounts were made; of what may differ here there are notes."""
    known = await work.known(KIND, [row["id"] for row in rows])
    there = await work.connection.fetch("SELECT id, created_at FROM users WHERE id = ANY($1)", list(known.values()))
    moments = {row["id"]: row["created_at"] for row in there}
    return [
        Compared(
            str(row["id"]),
            (row["created_at"],),
            (moments[id],) if (id := known.get(str(row["id"]))) in moments else None,
        )
        for row in rows
    ]
