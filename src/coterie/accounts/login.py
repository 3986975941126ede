"""Logging in by steps: a proof of who it is, then what the account demands, then the session.

Only `advance` begins sessions. While a step is open, the client gets a challenge, a random token whose hash is stored:
it continues this login, once, within minutes. Whatever ends the account's sessions, such as a new password, ends its
challenges. Guesses are counted for each step and account, over all processes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from msgspec import Raw

from coterie import errors
from coterie.accounts import challenge_queries, session_queries
from coterie.accounts.access import existing
from coterie.accounts.actions import Accounts, Visit
from coterie.accounts.challenge_queries import OpenChallenge
from coterie.accounts.models import Login, Session, User
from coterie.accounts.sessions import endings, login
from coterie.accounts.steps import LoginStep
from coterie.accounts.tokens import new_token, token_hash
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.log.append import Change, append
from coterie.security_events.actions import COUNTING, count, record
from coterie.security_events.models import SecurityEvent

SESSION_LIMIT: Final = 10
"""Sessions per account; a further login ends the oldest."""

CHALLENGE_LIFETIME: Final = timedelta(minutes=5)
CHALLENGE_LIMIT: Final = 10
"""Unfinished logins per account; a further one ends the oldest."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Who logs in: someone proved to be this user, and has taken these steps."""

    user: User
    done: frozenset[str] = frozenset()


class Challenge(NamedTuple):
    """An unfinished login: the token that continues it, and the steps that are open."""

    token: str
    steps: list[str]


async def advance(accounts: Accounts, connection: Connection, proof: Proof, visit: Visit) -> Login | Challenge:
    """Begin a session if no step is open, inside the caller's transaction, which has locked the account."""
    steps = [each.name for each in accounts.steps if await _is_open(each, connection, proof)]
    if not steps:
        return await _begin_session(accounts, connection, proof.user, visit)
    token, expires_at = new_token(), datetime.now(UTC) + CHALLENGE_LIFETIME
    challenge = OpenChallenge(proof.user.id, sorted(proof.done))
    await challenge_queries.insert(connection, token_hash(token), challenge, expires_at, CHALLENGE_LIMIT)
    return Challenge(token, steps)


async def take_step(accounts: Accounts, token: str, name: str, answer: Raw, visit: Visit) -> Login | Challenge:
    """Continue a login with the answer to one of its open steps.

    A wrong answer leaves the challenge as it is. Raises CHALLENGE_ENDED, WRONG_STEP_ANSWER, RATE_LIMITED, and INVALID
    for a step that is not open.
    """
    hashed = token_hash(token)
    user_id = await challenge_queries.owner(accounts.database, hashed)
    if user_id is None:
        raise CoterieError(errors.CHALLENGE_ENDED)
    step = _named(accounts, name)
    with COUNTING:
        guess = await accounts.guesses.begin_step(name, user_id, visit.device)
    async with accounts.database.acquire() as connection, connection.transaction():
        proof = await _taken(connection, user_id, hashed)
        await _verify(step, connection, proof, answer)
        result = await advance(accounts, connection, Proof(proof.user, proof.done | {name}), visit)
    await accounts.guesses.was_right(guess)
    return result


def finished(result: Login | Challenge) -> Login:
    """The login. Raises LOGIN_STEP_REQUIRED with the challenge if a step is open."""
    if isinstance(result, Challenge):
        more = {"challenge": result.token, "steps": result.steps}
        raise CoterieError(errors.LOGIN_STEP_REQUIRED, more=more)
    return result


async def _is_open(step: LoginStep, connection: Connection, proof: Proof) -> bool:
    return step.name not in proof.done and await step.is_required(connection, proof.user.id)


def _named(accounts: Accounts, name: str) -> LoginStep:
    for each in accounts.steps:
        if each.name == name:
            return each
    raise CoterieError(errors.INVALID, fields={"step": "is not one of the open steps"})


async def _taken(connection: Connection, user_id: UUID, hashed: bytes) -> Proof:
    user = await existing(connection, user_id, lock=True)
    taken = await challenge_queries.take(connection, hashed)
    if taken is None:  # used or ended meanwhile
        raise CoterieError(errors.CHALLENGE_ENDED)
    return Proof(user, frozenset(taken.done))


async def _verify(step: LoginStep, connection: Connection, proof: Proof, answer: Raw) -> None:
    if not await _is_open(step, connection, proof):
        raise CoterieError(errors.INVALID, fields={"step": "is not one of the open steps"})
    if not await step.verify(connection, proof.user.id, answer):
        count("auth.login_step_failed", proof.user.id, step=step.name)
        raise CoterieError(errors.WRONG_STEP_ANSWER)


async def _begin_session(accounts: Accounts, connection: Connection, user: User, visit: Visit) -> Login:
    """Log an account in; the oldest session ends beyond SESSION_LIMIT."""
    now = datetime.now(UTC)
    expires_at = accounts.lifetimes.end(now, now)
    session = Session(
        new_id(), visit.user_agent[:400], now, now, expires_at, is_current=False, is_lasting=visit.is_lasting
    )
    refresh_token = accounts.tokens.refreshing.issue(session.id, 0)
    await session_queries.insert_session(connection, session, user.id, token_hash(refresh_token))
    ended = await session_queries.delete_old_sessions(connection, user.id, SESSION_LIMIT)
    await append(
        connection,
        *endings(user.id, ended),
        Change(user.id, f"sessions/{session.id}", "SESSION_CREATE", session),
    )
    details: dict[str, str | int | bool | None] = {"sessions_ended": len(ended)} if ended else {}
    is_new = not accounts.guesses.is_mark(visit.device, user.id)
    event = SecurityEvent("auth.login", user.id, session_id=session.id, details=details, is_new_device=is_new)
    await record(connection, event)
    return login(accounts.tokens, user, session.id, 0, is_lasting=visit.is_lasting)
