"""Create, change and revoke bots, and give them new tokens.

A bot is an account without a password, with one session at a time: that of its token. So what ends a session ends a
token: its requests are refused, and its sockets and streams close at once, in every process. Each change is logged in
the creator's topic.
"""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from coterie import errors
from coterie.accounts import queries as accounts
from coterie.accounts import session_queries
from coterie.accounts.authentication import Authentication
from coterie.accounts.models import Session
from coterie.accounts.queries import NewAccount
from coterie.accounts.sessions import endings
from coterie.accounts.tokens import Tokens, token_hash
from coterie.bots import queries
from coterie.bots.errors import BOT_REVOKED, TOO_MANY_BOTS
from coterie.bots.models import Bot, BotChange, BotCreation, BotLogEntry, NewBot
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.http import patch
from coterie.identifiers import new_id
from coterie.log.append import Change, append, lock
from coterie.security_events.actions import record
from coterie.security_events.models import SecurityEvent, SecurityEventType
from coterie.viewer import Viewer

BOT_LIMIT: Final = 50
"""Per account, revoked ones included: their messages keep their accounts."""

LIFETIME: Final = timedelta(days=36_500)
"""Of a token's session: until the bot gets another token, or is revoked."""

LOGGED_MESSAGES: Final = 50
PREVIEW: Final = 80
"""Characters."""

SLUG_LENGTH: Final = 19
DISPLAY_LENGTH: Final = 32
AGENT: Final = "bot"
"""What the session's `user_agent` is."""


@dataclass(frozen=True, slots=True)
class Bots:
    """What the actions on bots need."""

    database: Database
    tokens: Tokens
    authentication: Authentication


async def create(bots: Bots, viewer: Viewer, creation: BotCreation) -> NewBot:
    """Create a bot of the viewer's with its account and token."""
    name, now = _named(creation.name), datetime.now(UTC)
    token, session = secrets.token_hex(32), _session(now)
    account = _account(name, now)
    bot = Bot(new_id(), account.id, account.username, name, creation.description, viewer.user_id, None, now)
    async with bots.database.acquire() as connection, connection.transaction():
        await lock(connection, [viewer.user_id])
        if await queries.count(connection, viewer.user_id) >= BOT_LIMIT:
            raise CoterieError(TOO_MANY_BOTS)
        await accounts.insert_users(connection, account)
        await queries.name_account(connection, account.id, name[:DISPLAY_LENGTH].strip())
        await session_queries.insert_session(connection, session, account.id, secrets.token_bytes(32))
        await queries.insert(connection, bot, token_hash(token), session.id)
        await _record(connection, bot, "bot.created")
        await append(connection, change_of(bot, "BOT_CREATE"))
    return NewBot(bot, token)


async def listing(bots: Bots, viewer: Viewer) -> list[Bot]:
    """The viewer's bots, revoked ones included, the oldest first."""
    return await queries.bots(bots.database, viewer.user_id)


async def get(bots: Bots, viewer: Viewer, bot_id: UUID) -> Bot:
    return await _own(bots.database, viewer, bot_id)


async def change(bots: Bots, viewer: Viewer, bot_id: UUID, given: BotChange) -> Bot:
    """Change a bot's name and description; what others see is the display name of its account."""
    if isinstance(given.name, str):
        _named(given.name)
    async with bots.database.acquire() as connection, connection.transaction():
        before = await _held(connection, viewer, bot_id)
        _check_not_revoked(before)
        after = patch.apply(before, given)
        if after != before:
            await queries.update(connection, after)
            await append(connection, change_of(after, "BOT_UPDATE"))
        return after


async def regenerate(bots: Bots, viewer: Viewer, bot_id: UUID) -> NewBot:
    """Give a bot another token; the one before is invalid at once, and its sockets close."""
    token, session = secrets.token_hex(32), _session(datetime.now(UTC))
    async with bots.database.acquire() as connection, connection.transaction():
        bot = await _held(connection, viewer, bot_id)
        _check_not_revoked(bot)
        await _end_sessions(connection, bot)
        await session_queries.insert_session(connection, session, bot.user_id, secrets.token_bytes(32))
        await queries.set_token(connection, bot.id, token_hash(token), session.id)
        await _record(connection, bot, "bot.token_created")
    bots.authentication.forget(bot.user_id)
    return NewBot(bot, token)


async def revoke(bots: Bots, viewer: Viewer, bot_id: UUID) -> None:
    """End a bot's token for good. Its account and its messages stay."""
    async with bots.database.acquire() as connection, connection.transaction():
        bot = await _held(connection, viewer, bot_id)
        if bot.revoked_at is not None:
            raise CoterieError(errors.NOT_FOUND)
        now = datetime.now(UTC)
        await _end_sessions(connection, bot)
        await queries.revoke(connection, bot.id, now)
        await _record(connection, bot, "bot.revoked")
        await append(connection, change_of(replace(bot, revoked_at=now), "BOT_UPDATE"))
    bots.authentication.forget(bot.user_id)


async def log(bots: Bots, viewer: Viewer, bot_id: UUID) -> list[BotLogEntry]:
    """What the bot did, newest first."""
    bot = await _own(bots.database, viewer, bot_id)
    entries = await queries.sent(bots.database, bot.user_id, LOGGED_MESSAGES, PREVIEW)
    entries.append(BotLogEntry(bot.created_at, "bot_created", None))
    if bot.revoked_at is not None:
        entries.append(BotLogEntry(bot.revoked_at, "bot_revoked", None))
    return sorted(entries, key=lambda entry: entry.timestamp, reverse=True)


def connect(bots: Bots, viewer: Viewer) -> str:
    """A bot's access token for the session of the bot's token."""
    return bots.tokens.sign(viewer.user_id, viewer.session_id, viewer.username)


def change_of(bot: Bot, type: str) -> Change:
    """How the log of its creator has a bot."""
    assert bot.created_by is not None, "its creator is acting"
    return Change(bot.created_by, f"bots/{bot.id}", type, bot)


def _check_not_revoked(bot: Bot) -> None:
    if bot.revoked_at is not None:
        raise CoterieError(BOT_REVOKED)


async def _own(connection: Connection, viewer: Viewer, bot_id: UUID) -> Bot:
    found = await queries.bot(connection, viewer.user_id, bot_id)
    if found is None:
        raise CoterieError(errors.NOT_FOUND)
    return found


async def _held(connection: Connection, viewer: Viewer, bot_id: UUID) -> Bot:
    """The viewer's bot, which nobody else changes until the transaction ends."""
    bot = await _own(connection, viewer, bot_id)
    await lock(connection, [viewer.user_id, bot.user_id])
    return await _own(connection, viewer, bot_id)


async def _end_sessions(connection: Connection, bot: Bot) -> None:
    await append(connection, *endings(bot.user_id, await session_queries.delete_sessions(connection, bot.user_id)))


async def _record(connection: Connection, bot: Bot, type: SecurityEventType) -> None:
    """Record it among the events of the bot's creator."""
    await record(connection, SecurityEvent(type, bot.created_by, details={"bot": str(bot.user_id)}))


def _session(now: datetime) -> Session:
    return Session(new_id(), AGENT, now, now, now + LIFETIME, is_current=False)


def _named(name: str) -> str:
    """A bot's name, of which at least one character is a letter or a digit."""
    if not any(each.isalnum() for each in name):
        sentence = "needs at least one letter or digit"
        raise CoterieError(errors.INVALID, f"name {sentence}", fields={"name": sentence})
    return name


def _account(name: str, now: datetime) -> NewAccount:
    """The account of a new bot: without a password, so nobody can log in to it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:SLUG_LENGTH].strip("_") or "a"
    username = f"{slug}-bot-{secrets.token_hex(4)}"
    return NewAccount(new_id(), username, None, None, None, None, None, None, True, None, now)
