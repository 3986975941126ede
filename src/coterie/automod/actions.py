"""Read and change a server's rules, list what they did, and try them on what was written.

Everything here needs MANAGE_SERVER. Each change is logged in the server's topic, whole: writers judge by the copy of
the rules that every process keeps along the log, and a message that was judged by older rules is judged again.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import UNSET
from msgspec.structs import asdict, replace

from coterie import errors
from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.automod import queries
from coterie.automod.audit_actions import AUTOMOD_UPDATE, AUTOMOD_WORD_ADD, AUTOMOD_WORD_REMOVE
from coterie.automod.errors import TOO_MANY_PATTERNS, TOO_MANY_WORDS
from coterie.automod.models import AutomodChange, AutomodLog, AutomodWordFilter, RuleTrial, TriedMessage, WordCreation
from coterie.automod.queries import PastMessage
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.filtering.models import Automod, AutomodConfig, FilterWord, Said
from coterie.filtering.rules import Rules, account_age
from coterie.filtering.words import folded, literals
from coterie.identifiers import new_id
from coterie.log.append import Change, append
from coterie.naming import visible
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission
from coterie.permissions.context import ActionContext

WORDS_LIMIT: Final = 500
"""Forbidden words of one server."""

PATTERNS_LIMIT: Final = 50
PATTERN_LENGTH: Final = 50
"""How many of the words may be patterns, and their length: they are searched in up to 25 ms in the longest text."""

LOGS_LIMIT: Final = 100
"""Entries of the log that one answer has."""

LOGS_KEPT: Final = timedelta(days=30)
"""How long the log has what automod did."""

TRIED_PERIOD: Final = timedelta(days=7)
TRIED_LIMIT: Final = 2_000
"""Messages that a trial looks at."""

EXAMPLES_LIMIT: Final = 50

KEY: Final = "automod"
"""The key of the rules in the server's topic."""


def default(server_id: UUID, now: datetime) -> AutomodConfig:
    """The rules of a server that has none."""
    return AutomodConfig(
        server_id=server_id,
        enabled=False,
        spam_enabled=False,
        spam_max_messages=5,
        spam_window_secs=5,
        spam_action="delete",
        duplicate_enabled=False,
        word_filter_enabled=False,
        word_filter_action="delete",
        timeout_minutes=10,
        updated_at=now,
    )


async def config(context: ActionContext, server_id: UUID, user_id: UUID, *, or_default: bool) -> AutomodConfig:
    """A server's rules; if nobody has set any, the defaults or NOT_FOUND."""
    await _managed(context, server_id, user_id)
    found = await queries.config(context.database, server_id)
    if found is None:
        if not or_default:
            raise CoterieError(errors.NOT_FOUND)
        return default(server_id, datetime.now(UTC))
    return found


async def change(context: ActionContext, server_id: UUID, user_id: UUID, change: AutomodChange) -> AutomodConfig:
    """Change a server's rules; a change that changes nothing is not recorded."""
    given = {name: value for name, value in asdict(change).items() if value is not UNSET}
    async with context.database.acquire() as connection, connection.transaction():
        (await context.permissions.locked(connection, server_id, user_id)).check(Permission.MANAGE_SERVER)
        now = datetime.now(UTC)
        before = await queries.config(connection, server_id)
        known = before or default(server_id, now)
        changed = replace(known, **given)
        if changed == before:
            return before
        changed = replace(changed, updated_at=now)
        await queries.put_config(connection, changed)
        entry = AuditEntry(server_id, user_id, AUTOMOD_UPDATE, server_id, {"fields": sorted(given)})
        await record(connection, entry)
        await _append(connection, changed)
        return changed


async def words(context: ActionContext, server_id: UUID, user_id: UUID) -> list[AutomodWordFilter]:
    """The words that a server forbids, oldest first."""
    await _managed(context, server_id, user_id)
    return await queries.words(context.database, server_id)


async def add_word(context: ActionContext, server_id: UUID, user_id: UUID, creation: WordCreation) -> AutomodWordFilter:
    """Forbid a word; one that is forbidden already stays as it is."""
    text = _checked(creation)
    async with context.database.acquire() as connection, connection.transaction():
        (await context.permissions.locked(connection, server_id, user_id)).check(Permission.MANAGE_SERVER)
        if (known := await queries.word(connection, server_id, text)) is not None:
            return known
        listed = await queries.words(connection, server_id)
        if len(listed) >= WORDS_LIMIT:
            raise CoterieError(TOO_MANY_WORDS)
        if creation.match == "pattern" and sum(each.match == "pattern" for each in listed) >= PATTERNS_LIMIT:
            raise CoterieError(TOO_MANY_PATTERNS)
        now = datetime.now(UTC)
        added = AutomodWordFilter(new_id(), server_id, text, user_id, now, creation.match)
        await queries.insert_word(connection, added)
        await record(connection, AuditEntry(server_id, user_id, AUTOMOD_WORD_ADD, server_id, {}))
        await _append(connection, await queries.config(connection, server_id) or default(server_id, now))
        return added


async def remove_word(context: ActionContext, server_id: UUID, user_id: UUID, word: str) -> None:
    """Allow a word again; a repeat changes nothing."""
    async with context.database.acquire() as connection, connection.transaction():
        (await context.permissions.locked(connection, server_id, user_id)).check(Permission.MANAGE_SERVER)
        if await queries.delete_word(connection, server_id, word.strip().lower()):
            await record(connection, AuditEntry(server_id, user_id, AUTOMOD_WORD_REMOVE, server_id, {}))
            now = datetime.now(UTC)
            await _append(connection, await queries.config(connection, server_id) or default(server_id, now))


async def logs(context: ActionContext, server_id: UUID, user_id: UUID) -> list[AutomodLog]:
    """What automod did, the newest 100: in the channels that the caller may view."""
    authority = await _managed(context, server_id, user_id)
    channels = None if Permission.ADMINISTRATOR in authority.permissions else list(authority.visible_channels)
    return await queries.logs(context.database, server_id, channels, LOGS_LIMIT)


async def trial(context: ActionContext, server_id: UUID, user_id: UUID, change: AutomodChange) -> RuleTrial:
    """What the rules for texts, with a change that is not made, would have done to the last week's messages.

    Looks at the newest 2,000 in channels that the caller may view. Spam, duplicates and exemptions of roles are left
    out: they depend on when something was written, and by whom.
    """
    authority = await _managed(context, server_id, user_id)
    now = datetime.now(UTC)
    known = await queries.config(context.database, server_id) or default(server_id, now)
    given = {name: value for name, value in asdict(change).items() if value is not UNSET}
    changed = replace(known, **given)
    listed = await queries.words(context.database, server_id)
    rules = Rules(Automod(changed, [FilterWord(each.word, each.match) for each in listed]))
    channels = authority.visible_channels.difference(changed.exempt_channel_ids)
    found = await queries.newest_messages(context.database, list(channels), now - TRIED_PERIOD, TRIED_LIMIT)
    return await asyncio.to_thread(_tried, rules, found)


def _tried(rules: Rules, found: Sequence[PastMessage]) -> RuleTrial:
    """Takes up to some tenths of a second, so it runs beside the event loop."""
    refused: Counter[str] = Counter()
    examples: list[TriedMessage] = []
    for message in found:
        age = account_age(message.author_id, message.created_at) if message.author_id else None
        verdict = rules.judge(Said(message.content, account_age=age))
        if verdict is None:
            continue
        refused[verdict.rule_type] += 1
        if len(examples) < EXAMPLES_LIMIT:
            examples.append(
                TriedMessage(
                    message_id=message.id,
                    channel_id=message.channel_id,
                    author_id=message.author_id,
                    content=message.content,
                    rule_type=verdict.rule_type,
                    matched_term=verdict.matched_term,
                    created_at=message.created_at,
                )
            )
    return RuleTrial(len(found), dict(refused), examples)


async def _managed(context: ActionContext, server_id: UUID, user_id: UUID) -> Authority:
    authority = await context.permissions.in_server(context.database, server_id, user_id)
    authority.check(Permission.MANAGE_SERVER)
    return authority


async def _append(connection: Connection, config: AutomodConfig) -> None:
    """Log the rules as they are now, under the lock of the server's topic."""
    words = [FilterWord(each.word, each.match) for each in await queries.words(connection, config.server_id)]
    await append(connection, Change(config.server_id, KEY, "AUTOMOD_UPDATE", Automod(config, words)))


def _checked(creation: WordCreation) -> str:
    text = creation.word.strip().lower()
    if not text or not visible(text):
        raise _invalid("must contain something that can be seen")
    if creation.match == "pattern":
        if not literals(folded(text)):
            raise _invalid("must contain more than * and ?")
        if len(text) > PATTERN_LENGTH:
            raise _invalid(f"a pattern has at most {PATTERN_LENGTH} characters")
        if len(text.split()) > 1:
            raise _invalid("a pattern describes one word, without spaces")
    return text


def _invalid(sentence: str) -> CoterieError:
    return CoterieError(errors.INVALID, f"word: {sentence}", fields={"word": sentence})
