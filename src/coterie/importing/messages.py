"""Messages that are brought along, placed behind what their channels have, in the order of the batch.

The invariant is the log's (`log/append.py`): the channels are locked all at once, positions are taken behind where they
stand, without a hole, and commit with the rows. The root of a thread that was placed before counts up at a position of
its own; one of the same batch counts from the beginning, since nobody has seen it without.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from coterie.database.connection import OneConnection, Row
from coterie.importing import texts
from coterie.importing.engine import Compared
from coterie.importing.work import Work
from coterie.log.append import lock, move
from coterie.messages.models import MessageType

COLUMNS: Final = (
    *("id", "channel_id", "author_id", "seq", "version", "content", "type", "reply_to", "thread_id"),
    *("thread_reply_count", "mention_user_ids", "mention_everyone", "edited_at", "pinned_at", "pinned_by"),
    *("deleted_at", "created_at"),
)
MENTION_COLUMNS: Final = ("channel_id", "target_id", "seq", "created_at", "in_thread")


class Reaction(Struct, frozen=True):
    user_id: UUID
    emoji: str
    created_at: datetime


class OldMessage(Struct, frozen=True):
    """A message as it was, but for whom and where: those are accounts and channels of here.

    `reply_to` and `thread_id` are still the old ids. `part` is more than 0 for what follows of a text that was split.
    """

    kind: str
    old_id: UUID
    channel_id: UUID
    author_id: UUID | None
    content: str
    created_at: datetime
    type: MessageType = "text"
    reply_to: UUID | None = None
    thread_id: UUID | None = None
    mention_user_ids: tuple[UUID, ...] = ()
    mention_everyone: bool = False
    edited_at: datetime | None = None
    pinned_at: datetime | None = None
    pinned_by: UUID | None = None
    deleted_at: datetime | None = None
    reactions: tuple[Reaction, ...] = ()
    part: int = 0


class Placing(Struct, frozen=True):
    """A message with its ids of here."""

    message: OldMessage
    id: UUID
    reply_to: UUID | None
    thread_id: UUID | None


async def place(work: Work, messages: Sequence[OldMessage]) -> dict[UUID, UUID]:
    """Store those of the messages that are not there yet; answers the new id of each old one that was stored."""
    parts = [part for message in messages for part in _parts(work, message)]
    positions = await lock(work.connection, {part.channel_id for part in parts})
    parts = [part for part in parts if part.channel_id in positions]
    ids = await _ids(work, parts)
    new = [part for part in parts if (part.old_id, part.part) in ids]
    placings = await _referring(work, new, ids)
    await _write(work.connection, placings, positions)
    return {each.message.old_id: each.id for each in placings if not each.message.part}


async def ids_of(work: Work, kind: str, old_ids: Iterable[UUID | None]) -> dict[UUID, UUID]:
    """What became of these messages, as far as they are there."""
    wanted = {each for each in old_ids if each is not None}
    others = await work.known(kind, wanted)
    ids = {old: others.get(str(old), old) for old in wanted}
    rows = await work.connection.fetch("SELECT id FROM messages WHERE id = ANY($1)", list(ids.values()))
    there = {row["id"] for row in rows}
    return {old: id for old, id in ids.items() if id in there}


def _parts(work: Work, message: OldMessage) -> list[OldMessage]:
    """A message whose text is too long as several: the first has what hangs on it, all have its author and time."""
    if len(message.content) <= texts.CONTENT_LENGTH:
        return [message]
    first, *rest = texts.split(message.content)
    work.change(message.kind, message.old_id, "split into several messages, being too long for one", 1 + len(rest))
    bare = replace(
        message,
        reply_to=None,
        mention_user_ids=(),
        mention_everyone=False,
        pinned_at=None,
        pinned_by=None,
        reactions=(),
    )
    others = [replace(bare, content=content, part=number) for number, content in enumerate(rest, 1)]
    return [replace(message, content=first), *others]


async def _ids(work: Work, parts: Sequence[OldMessage]) -> dict[tuple[UUID, int], UUID]:
    """The new ids of the parts that are not there yet: the old ones where they are free."""
    own = {(part.old_id, part.part): _own_id(work, part) for part in parts}
    there = await _channels_of(work.connection, own.values())
    others = {
        (part.old_id, part.part): work.other_id(part.kind, part.old_id)
        for part in parts
        if there.get(own[part.old_id, part.part], part.channel_id) != part.channel_id
    }
    if others:
        there |= await _channels_of(work.connection, others.values())
        kind = parts[0].kind
        await work.remember(kind, {str(old): id for (old, _), id in others.items()})
        for (old, _), id in others.items():
            work.change(kind, old, "has another id, since its own is taken", id)
    return {key: id for key, id in (own | others).items() if id not in there}


def _own_id(work: Work, part: OldMessage) -> UUID:
    return work.other_id(part.kind, f"{part.old_id}/{part.part}") if part.part else part.old_id


async def _channels_of(connection: OneConnection, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    rows = await connection.fetch("SELECT id, channel_id FROM messages WHERE id = ANY($1)", list(ids))
    return {row["id"]: row["channel_id"] for row in rows}


async def _referring(work: Work, parts: Sequence[OldMessage], ids: dict[tuple[UUID, int], UUID]) -> list[Placing]:
    """The parts with what they refer to, of what is there or comes with them, and in the same channel."""
    if not parts:
        return []
    wanted = {old for part in parts for old in (part.reply_to, part.thread_id) if old}
    before = await ids_of(work, parts[0].kind, wanted) if wanted else {}
    rows = await work.connection.fetch(
        "SELECT id, channel_id, thread_id FROM messages WHERE id = ANY($1)", list(before.values())
    )
    places = {row["id"]: (row["channel_id"], row["thread_id"]) for row in rows}
    known = {old: (id, *places[id]) for old, id in before.items()}
    placings = []
    for part in parts:
        answered = _target(work, part, part.reply_to, known, "not an answer any more: what it answered is not there")
        root = _target(work, part, part.thread_id, known, "out of its thread, whose beginning is not there")
        id = ids[part.old_id, part.part]
        placings.append(Placing(part, id, answered, root))
        if not part.part:
            known[part.old_id] = (id, part.channel_id, root)
    return placings


def _target(
    work: Work, part: OldMessage, old: UUID | None, known: dict[UUID, tuple[UUID, UUID, UUID | None]], otherwise: str
) -> UUID | None:
    if old is None:
        return None
    id, channel_id, thread_id = known.get(old, (None, None, None))
    if channel_id == part.channel_id and (old != part.thread_id or thread_id is None):
        return id
    work.change(part.kind, part.old_id, otherwise, old)
    return None


async def _write(connection: OneConnection, placings: Sequence[Placing], positions: dict[UUID, int]) -> None:
    if not placings:
        return
    replies = Counter(each.thread_id for each in placings if each.thread_id and each.message.deleted_at is None)
    here = {each.id for each in placings}
    reached = dict(positions)
    rows, calls = [], []
    for each in placings:
        seq = reached[each.message.channel_id] = reached[each.message.channel_id] + 1
        rows.append(_row(each, seq, replies[each.id]))
        calls += [
            (each.message.channel_id, target, seq, each.message.created_at, each.thread_id is not None)
            for target in _called(each.message)
        ]
    await connection.copy_records_to_table("messages", records=rows, columns=COLUMNS)
    await connection.copy_records_to_table("mentions", records=calls, columns=MENTION_COLUMNS)
    await connection.copy_records_to_table("reactions", records=_reactions(placings))
    roots = {root: count for root, count in replies.items() if root not in here}
    if roots:
        channels = {each.thread_id: each.message.channel_id for each in placings}
        for root in roots:
            reached[channels[root]] += 1
        await _count(connection, _versions(roots, channels, reached))
    await move(connection, {channel: place for channel, place in reached.items() if place > positions[channel]})


def _row(placing: Placing, seq: int, replies: int) -> tuple[Any, ...]:
    message = placing.message
    return (
        placing.id,
        message.channel_id,
        message.author_id,
        seq,
        seq,
        message.content if message.deleted_at is None else "",
        message.type,
        placing.reply_to,
        placing.thread_id,
        replies,
        list(message.mention_user_ids),
        message.mention_everyone,
        message.edited_at,
        message.pinned_at,
        message.pinned_by,
        message.deleted_at,
        message.created_at,
    )


def _called(message: OldMessage) -> list[UUID]:
    """Under which ids a mention is kept; nobody calls themselves."""
    everybody = (message.channel_id,) if message.mention_everyone else ()
    return [id for id in dict.fromkeys((*message.mention_user_ids, *everybody)) if id != message.author_id]


def _reactions(placings: Sequence[Placing]) -> list[tuple[UUID, UUID, str, datetime]]:
    moments = {
        (each.id, reaction.user_id, reaction.emoji): reaction.created_at
        for each in placings
        for reaction in each.message.reactions
    }
    return [(*key, moment) for key, moment in moments.items()]


def _versions(
    roots: dict[UUID, int], channels: dict[UUID | None, UUID], reached: dict[UUID, int]
) -> list[tuple[UUID, int, int]]:
    """Each root with how many replies are new and its version: one of the last positions of its channel."""
    left = dict(reached)
    versions = []
    for root in reversed(roots):
        channel = channels[root]
        versions.append((root, roots[root], left[channel]))
        left[channel] -= 1
    return versions


async def _count(connection: OneConnection, roots: Sequence[tuple[UUID, int, int]]) -> None:
    await connection.execute(
        """
        UPDATE messages SET version = given.version, thread_reply_count = messages.thread_reply_count + given.count
        FROM unnest($1::uuid[], $2::int[], $3::bigint[]) AS given (id, count, version)
        WHERE messages.id = given.id AND messages.id = ANY($1)
        """,
        [root for root, _, _ in roots],
        [count for _, count, _ in roots],
        [version for _, _, version in roots],
    )


def comparing(kind: str) -> Callable[[Work, list[Row]], Awaitable[list[Compared]]]:
    """Compares the texts of rows with the columns `id` and `content`."""

    async def compare_rows(work: Work, rows: list[Row]) -> list[Compared]:
        return await compare(work, kind, [(row["id"], row["content"]) for row in rows])

    return compare_rows


async def compare(work: Work, kind: str, messages: Sequence[tuple[UUID, str]]) -> list[Compared]:
    """The texts of messages as they were and as they are here, where one may be in several parts."""
    others = await work.known(kind, [old for old, _ in messages])
    ids = {
        old: [
            others.get(str(old), old),
            *(work.other_id(kind, f"{old}/{number}") for number in range(1, len(texts.split(content)))),
        ]
        for old, content in messages
    }
    wanted = [id for parts in ids.values() for id in parts]
    rows = await work.connection.fetch("SELECT id, content FROM messages WHERE id = ANY($1)", wanted)
    here = {row["id"]: row["content"] for row in rows}
    return [
        Compared(str(old), (content,), ("".join(here.get(id, "") for id in ids[old]),) if ids[old][0] in here else None)
        for old, content in messages
    ]
