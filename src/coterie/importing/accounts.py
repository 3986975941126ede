"""Imported accounts: with a name that is free here, their bcrypt hash, and no more permissions than other accounts.

An account that exists here never loses its name or address: an imported namesake gets a suffix, and an address that is
taken here stays with its owner. Only the operator can say that two accounts are the same person (`--link`).
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from coterie.accounts import queries
from coterie.accounts.passwords import BCRYPT, Passwords
from coterie.accounts.queries import NewAccount
from coterie.importing import mappings, texts
from coterie.importing.mappings import SourceRow, Stage, TableMapping, inserting
from coterie.importing.tables import Read, Table, read
from coterie.importing.work import ImportWork, find_accounts
from coterie.process.refusals import Exit, Refusal

KIND: Final = "users"
ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+")
PUBLISHED_PASSWORD: Final = "password123"  # noqa: S105  (of accounts that the other program came with)


def stage(table: Table, profile: Mapping[str, Read] | None = None) -> Stage | None:
    """`profile` are the columns that only one of the sources has."""
    return mappings.stage(table, replace(ACCOUNTS, reads={**ACCOUNTS.reads, **(profile or {})}))


async def _make(work: ImportWork, rows: list[SourceRow]) -> list[NewAccount | None]:
    """The oldest accounts come first and get their names and addresses; linked accounts exist already."""
    linked = {each.old_id: work.links[each["id"]] for each in rows if each["id"] in work.links}
    await work.remember(KIND, linked)
    new = [each for each in rows if each.old_id not in linked]
    names, emails = await _names(work, new), await _emails(work, new)
    for each in rows:
        if each.old_id in linked:
            each.change("belongs to an account that existed here, as given by --link", each["username"])
        elif each.get("is_admin"):
            each.change("was an administrator; run `coterie user promote` to make it one here")
    return [
        None if each.old_id in linked else await _account(each, names[each.old_id], emails[each.old_id])
        for each in rows
    ]


async def _account(row: SourceRow, name: str, email: str | None) -> NewAccount:
    return row.become(
        NewAccount,
        username=name,
        email=email,
        password_hash=await _password_hash(row),
        avatar_url=row.picture("avatar_url"),
        bio=row.cut("bio", 500),
        pronouns=row.cut("pronouns", 40),
        custom_status=row.cut("custom_status", 128),
        is_bot=bool(row.get("is_bot")),
        disabled_at=row.get("disabled_at"),
    )


async def _names(work: ImportWork, accounts: list[SourceRow]) -> dict[str, str]:
    """A free name for each account."""
    missing = {each.old_id: each for each in accounts}
    names: dict[str, str] = {}
    number = 1
    while missing:
        tried = {old: _name(each, number) for old, each in missing.items()}
        rows = await work.connection.fetch(
            "SELECT lower(username) AS name FROM users WHERE lower(username) = ANY($1)",
            [name.lower() for name in tried.values()],
        )
        taken = {row["name"] for row in rows} | {name.lower() for name in names.values()}
        for old, name in tried.items():
            if name.lower() not in taken:
                names[old] = name
                taken.add(name.lower())
        missing = {old: each for old, each in missing.items() if old not in names}
        number += 1
    for each in accounts:
        if names[each.old_id] != each["username"]:
            each.change("renamed", f"{each['username']!r} is {names[each.old_id]}")
    return names


def _name(row: SourceRow, number: int) -> str:
    name = texts.username(row["username"], row["email"], row["id"])
    return name if number == 1 else texts.variant(name, number, row["id"])


async def _emails(work: ImportWork, accounts: list[SourceRow]) -> dict[str, str | None]:
    """The address of each account, if it is valid and free."""
    wanted = {each.old_id: (each["email"] or "").strip() for each in accounts}
    rows = await work.connection.fetch(
        "SELECT lower(email) AS email FROM users WHERE lower(email) = ANY($1)",
        [email.lower() for email in wanted.values() if email],
    )
    taken = {row["email"] for row in rows}
    emails: dict[str, str | None] = dict.fromkeys(wanted)
    for each in accounts:
        email = wanted[each.old_id]
        if not email:
            continue
        if not ADDRESS.fullmatch(email) or not 3 <= len(email) <= 254:
            each.change("without its email address, which is invalid", email)
        elif email.lower() in taken:
            each.change("without its email address, which another account has", email)
        else:
            emails[each.old_id] = email
            taken.add(email.lower())
    return emails


async def _password_hash(row: SourceRow) -> str | None:
    """The hash to verify the first login with; with None, an administrator must reset the password before a login."""
    password_hash = row["password_hash"] or ""
    if row.get("is_bot"):
        return None
    if not BCRYPT.fullmatch(password_hash):
        row.change("without a password: its hash is not bcrypt, or its cost is too high")
        return None
    if row["id"].int < 1 << 16 and await _is_published(password_hash):
        row.change("without a password: it had the published default")
        return None
    return password_hash


async def _is_published(password_hash: str) -> bool:
    passwords = Passwords()
    try:
        return await passwords.verify(PUBLISHED_PASSWORD, password_hash)
    finally:
        passwords.close()


ACCOUNTS: Final = TableMapping[NewAccount](
    KIND,
    reads=read(Table.text, "username", "email", "password_hash"),
    make=_make,
    store=inserting(queries.insert_users),
    find=find_accounts,
    has_topic=True,
    same="created_at",
)


async def resolve_links(work: ImportWork, users: Table) -> dict[UUID, UUID]:
    """The old and new id of each pair in `--link`, before anything is imported.

    Raises Refusal unless each name means one account.
    """
    links = {await _old(work, users, old): await _new(work, name) for old, name in work.options.links.items()}
    known = await work.known(KIND, links)
    for old, new in links.items():
        if known.get(str(old), new) != new:
            raise Refusal(Exit.USAGE, f"--link: the account {old} was imported before as a separate account")
    return links


async def _old(work: ImportWork, users: Table, name: str) -> UUID:
    """By id, user name or e-mail address; if several accounts share a name, only the id works."""
    rows = await work.source.read(
        f"SELECT {users.id()} AS id FROM {users.name} WHERE {users.text('username')} = $1 "
        f"OR lower({users.text('email')}) = lower($1) OR {users.text('id')} = lower($1)",
        name,
    )
    if len(rows) != 1:
        found = f"{len(rows)} accounts of the source" if rows else "no account of the source"
        raise Refusal(Exit.NOT_FOUND, f"--link: {name} means {found}; identify one by its id")
    id: UUID = rows[0]["id"]
    return id


async def _new(work: ImportWork, name: str) -> UUID:
    id: UUID | None = await work.connection.fetchval("SELECT id FROM users WHERE lower(username) = lower($1)", name)
    if id is None:
        raise Refusal(Exit.NOT_FOUND, f"--link: there is no account named {name} here")
    return id
