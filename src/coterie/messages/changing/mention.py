"""The fifth step of changing: what do the new texts mention? It is looked up before anything is written."""

from collections.abc import Sequence

from msgspec.structs import replace

from coterie.database.connection import Connection
from coterie.messages import mentions
from coterie.messages.changing.attempt import ChangeAttempt, becoming
from coterie.messages.mentions import Mentions, MessageText
from coterie.permissions.cache import PermissionCache


async def mention(
    connection: Connection, permissions: PermissionCache, attempts: Sequence[ChangeAttempt]
) -> list[ChangeAttempt]:
    """The attempts with the mentions of their new texts, looked up for all of them together."""
    texts = {
        attempt.number: MessageText(attempt.after.content, attempt.authority, attempt.after.reply_to)
        for attempt in attempts
        if attempt.changed is not None and attempt.has_new_text
    }
    if not texts:
        return list(attempts)
    found = dict(zip(texts, await mentions.resolve(connection, permissions, list(texts.values())), strict=True))
    return [
        _mentioning(attempt, mentioned) if (mentioned := found.get(attempt.number)) is not None else attempt
        for attempt in attempts
    ]


def _mentioning(attempt: ChangeAttempt, mentioned: Mentions) -> ChangeAttempt:
    message = mentions.mentioning(attempt.after, mentioned)
    targets = mentions.targets(mentioned, message.channel_id, message.author_id)
    return replace(becoming(attempt, message), targets=targets)
