"""Keeps a session alive: exchanges its refresh token for the next generation, and finds out stolen tokens.

Only the newest generation can be exchanged. The one before it gets the same successor again until someone has used that
(presented it, or made a request with the access token that came with it): the first answer may have been lost. After
that, and at any older generation, two clients hold tokens of one session, so it ends.

A repeat may also be that of a thief who waits for the successor. So it is a security event, and another client gets no
answer: one with another user agent, or a page in a browser without the mark of the account.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.accounts import session_queries
from coterie.accounts.access import existing
from coterie.accounts.actions import Accounts
from coterie.accounts.models import Login, Session
from coterie.accounts.refresh_tokens import Claim
from coterie.accounts.session_queries import Refreshable
from coterie.accounts.sessions import endings, login
from coterie.accounts.tokens import token_hash
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.log.append import Change, append
from coterie.security_events.actions import count, record
from coterie.security_events.models import SecurityEvent

REUSE_GRACE: Final = timedelta(seconds=10)
"""For this long after an exchange, the token before may be repeated even if its successor was used: of several tabs
that share a cookie and refresh at once, one may already use what the others are still asking for."""


NUMBER: Final = re.compile(r"\d[\d._]*")


class Standing(Enum):
    """What a genuine refresh token means to its session."""

    CURRENT = auto()
    REPEATED = auto()
    UNKNOWN = auto()
    """Newer than the database: a backup was restored."""
    STOLEN = auto()


@dataclass(frozen=True, slots=True)
class Refresher:
    """Who presents a refresh token: `device` is the browser's mark, which a page must have."""

    user_agent: str
    device: str = ""
    is_page: bool = False


async def refresh(accounts: Accounts, token: str, refresher: Refresher) -> Login:
    """Exchange a refresh token, which extends the session; a stolen one ends it."""
    async with accounts.database.acquire() as connection, connection.transaction():
        claim, hashed, now = accounts.tokens.refreshing.read(token), token_hash(token), datetime.now(UTC)
        found = await _find(connection, claim, hashed)
        if found is None or min(found.expires_at, accounts.lifetimes.end(found.created_at, now)) <= now:
            raise CoterieError(errors.WRONG_REFRESH_TOKEN)
        if found.is_disabled:
            raise CoterieError(errors.ACCOUNT_DISABLED)
        match _standing(found, claim, hashed, now):
            case Standing.CURRENT:
                return await _rotate(accounts, connection, found, hashed)
            case Standing.REPEATED:
                return await _repeat(accounts, connection, found, refresher)
            case Standing.STOLEN:
                await _end(connection, found.user_id, found.id)
    raise CoterieError(errors.WRONG_REFRESH_TOKEN)


async def _find(connection: Connection, claim: Claim | None, hashed: bytes) -> Refreshable | None:
    if claim is not None:
        return await session_queries.find_refreshable(connection, claim.session_id)
    return await session_queries.find_by_hash(connection, hashed)


def _standing(found: Refreshable, claim: Claim | None, hashed: bytes, now: datetime) -> Standing:
    behind = found.generation - claim.generation if claim else int(found.refresh_hash != hashed)
    if behind == 0:
        return Standing.CURRENT
    if behind < 0:
        return Standing.UNKNOWN
    is_repeat = not found.is_confirmed or found.refreshed_at >= now - REUSE_GRACE
    return Standing.REPEATED if behind == 1 and is_repeat else Standing.STOLEN


async def _repeat(accounts: Accounts, connection: Connection, found: Refreshable, refresher: Refresher) -> Login:
    is_known = not refresher.is_page or accounts.guesses.is_mark(refresher.device, found.user_id)
    if not is_known or _kind(refresher.user_agent) != _kind(found.user_agent):
        count("auth.refresh_repeated", found.user_id, outcome="refused")
        raise CoterieError(errors.WRONG_REFRESH_TOKEN)
    count("auth.refresh_repeated", found.user_id)
    user = await existing(connection, found.user_id)
    return login(accounts.tokens, user, found.id, found.generation)


def _kind(user_agent: str) -> str:
    """Without numbers: a browser may have been updated since its login."""
    return NUMBER.sub("", user_agent[:400])


async def _rotate(accounts: Accounts, connection: Connection, found: Refreshable, presented: bytes) -> Login:
    user = await existing(connection, found.user_id)
    now = datetime.now(UTC)
    expires_at = accounts.lifetimes.end(found.created_at, now)
    session = Session(
        found.id, found.user_agent, found.created_at, now, expires_at, is_current=False, is_lasting=found.is_lasting
    )
    following = accounts.tokens.refreshing.issue(found.id, found.generation + 1)
    await session_queries.rotate_session(connection, session, token_hash(following), presented)
    await append(connection, Change(user.id, f"sessions/{session.id}", "SESSION_UPDATE", session))
    return login(accounts.tokens, user, found.id, found.generation + 1)


async def _end(connection: Connection, user_id: UUID, session_id: UUID) -> None:
    await session_queries.delete_session(connection, user_id, session_id)
    await record(connection, SecurityEvent("auth.refresh_reused", user_id, session_id=session_id))
    await append(connection, *endings(user_id, [session_id]))
