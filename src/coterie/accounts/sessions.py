"""What the clients of a session receive when it begins, goes on and ends."""

from uuid import UUID

import msgspec

from coterie.accounts.models import Account, Login, User
from coterie.accounts.tokens import Tokens
from coterie.log.append import Change


def login(tokens: Tokens, user: User, session_id: UUID, generation: int, *, is_lasting: bool = False) -> Login:
    """What the client of a session receives when it logs in, and with each new generation of its refresh token."""
    sign, account = tokens.sign, msgspec.convert(user, Account, from_attributes=True)
    access = sign(user.id, session_id, user.username, generation=generation)
    lasting = sign(user.id, session_id, user.username, is_lasting=True) if is_lasting else None
    return Login(access, tokens.refreshing.issue(session_id, generation), lasting, account)


def endings(user_id: UUID, sessions: list[UUID]) -> list[Change]:
    """The changes that tell an account's clients that these sessions have ended, and close their sockets."""
    return [
        Change(user_id, f"sessions/{session}", "SESSION_DELETE", {"id": session}, is_removal=True)
        for session in sessions
    ]
