"""Make access tokens. A token is a session of its own: what ends a session ends a token, in every process at once.

It lists among the account's sessions, and a new password ends it as it ends logins.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from coterie import errors
from coterie.access_tokens import queries
from coterie.access_tokens.credentials import new_access_token
from coterie.access_tokens.errors import TOO_MANY_ACCESS_TOKENS
from coterie.access_tokens.models import AccessTokenCreation, NewAccessToken
from coterie.accounts.access import existing
from coterie.accounts.actions import Accounts, check_password
from coterie.accounts.models import Session
from coterie.accounts.queries import password_hash
from coterie.accounts.tokens import token_hash
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.http.viewers import check_scope
from coterie.identifiers import new_id
from coterie.log.append import Change, append
from coterie.security_events.actions import record
from coterie.security_events.models import SecurityEvent
from coterie.viewer import Viewer, ViewerScope

TOKEN_LIMIT: Final = 50
"""Access tokens per account."""


async def create(accounts: Accounts, viewer: Viewer, creation: AccessTokenCreation) -> NewAccessToken:
    """Make a token with some of the scopes of the caller's own credential.

    Raises MISSING_SCOPE, WRONG_PASSWORD and TOO_MANY_ACCESS_TOKENS.
    """
    for scope in creation.scopes:
        check_scope(viewer, scope)
    known = await check_password(accounts, viewer, creation.current_password)
    token, session = new_access_token(), _session(creation, datetime.now(UTC))
    async with accounts.database.acquire() as connection, connection.transaction():
        await existing(connection, viewer.user_id, lock=True)
        if await password_hash(connection, viewer.user_id) != known:
            raise CoterieError(errors.WRONG_PASSWORD)
        if await queries.count(connection, viewer.user_id) >= TOKEN_LIMIT:
            raise CoterieError(TOO_MANY_ACCESS_TOKENS)
        await queries.insert(connection, session, viewer.user_id, token_hash(token))
        await append(connection, Change(viewer.user_id, f"sessions/{session.id}", "SESSION_CREATE", session))
        await _record(connection, viewer, session)
    return NewAccessToken(token, session)


async def _record(connection: Connection, viewer: Viewer, session: Session) -> None:
    about: dict[str, str | int | bool | None] = {"scopes": " ".join(session.scopes or ())}
    event = SecurityEvent("auth.access_token_created", viewer.user_id, session_id=session.id, details=about)
    await record(connection, event)


def _session(creation: AccessTokenCreation, now: datetime) -> Session:
    expires_at = now + timedelta(days=creation.days)
    return Session(
        new_id(), "", now, now, expires_at, is_current=False, name=creation.name, scopes=_distinct(creation.scopes)
    )


def _distinct(scopes: Sequence[ViewerScope]) -> list[ViewerScope]:
    return sorted(set(scopes))
