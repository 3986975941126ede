"""The third step of sending: what does a message mention? Most mention nothing, which costs a look at their text."""

from collections.abc import Sequence

from msgspec.structs import replace

from coterie.database.connection import Database
from coterie.messages import mentions
from coterie.messages.mentions import NOBODY, MessageText
from coterie.messages.sending.attempt import Attempt
from coterie.permissions.cache import PermissionCache


async def mention(database: Database, permissions: PermissionCache, attempts: Sequence[Attempt]) -> list[Attempt]:
    """The attempts with the mentions of their messages, looked up for all of them together."""
    texts = {attempt.number: text for attempt in attempts if (text := _text(attempt)) is not None}
    if not texts:
        return list(attempts)
    resolved = await mentions.resolve(database, permissions, list(texts.values()))
    found = dict(zip(texts, resolved, strict=True))
    return [
        attempt if (mentioned := found.get(attempt.number, NOBODY)) == NOBODY else replace(attempt, mentions=mentioned)
        for attempt in attempts
    ]


def _text(attempt: Attempt) -> MessageText | None:
    """What to look for mentions in, if there may be any."""
    assert attempt.authority is not None, "it was judged"
    draft = attempt.sending.draft
    text = MessageText(draft.content, attempt.authority, draft.reply_to)
    return text if text.may_mention else None
