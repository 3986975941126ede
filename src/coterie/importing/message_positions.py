"""Places imported messages after the existing ones of their channels, in the order of the batch.

The invariant is the log's (`log/append.py`): all channels are locked at once, positions continue theirs without gaps,
and commit with the rows. The root of a thread that was placed earlier gets its new reply count at a position of its
own; a root of the same batch has it from the beginning, since no client has seen it without.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from coterie.database.connection import OneConnection
from coterie.importing import messages, texts
from coterie.importing.mappings import Make, Reference, TableMapping
from coterie.importing.messages import ImportedMessage
from coterie.importing.tables import Read, content
from coterie.importing.work import ImportWork
from coterie.log.append import Change, lock, move
from coterie.messages.copying import CopiedMention, CopiedMessage, CopiedReaction, copy


class KnownMessage(NamedTuple):
    """Where a message is that others may refer to."""

    id: UUID
    channel_id: UUID
    thread_id: UUID | None


async def place(work: ImportWork, made: list[ImportedMessage]) -> list[Change]:
    """Store those of the messages that do not exist yet. It moves their channels, so there are no other changes."""
    parts = [part for message in made for part in _parts(work, message)]
    positions = await lock(work.connection, {part.new.channel_id for part in parts})
    new = await _new(work, [part for part in parts if part.new.channel_id in positions])
    if new:
        await _write(work.connection, await _referring(work, new), positions)
    return []


def messages_of(
    name: str, make: Make[ImportedMessage], refers: Mapping[str, Reference], reads: Mapping[str, Read]
) -> TableMapping[ImportedMessage]:
    """A kind of messages. What they became is not remembered, since most keep their ids."""
    compare = messages.comparing(name)
    return TableMapping[ImportedMessage](
        name, make, place, {"content": content, **reads}, refers, compare=compare, became=None
    )


def _parts(work: ImportWork, message: ImportedMessage) -> list[ImportedMessage]:
    """Splits a text that is too long. All parts keep author, time and thread; only the first one keeps the rest."""
    if len(message.new.content) <= texts.CONTENT_LENGTH:
        return [message]
    first, *rest = texts.split(message.new.content)
    reason = "split into several messages, because it was too long for one"
    work.change(message.kind, message.old_id, reason, 1 + len(rest))
    bare = replace(
        message.new, reply_to=None, mention_user_ids=(), mention_everyone=False, pinned_at=None, pinned_by=None
    )
    others = []
    for number, text in enumerate(rest, 1):
        id = work.other_id(message.kind, f"{message.old_id}/{number}")
        others.append(replace(message, new=replace(bare, id=id, content=text), reactions=(), part=number))
    return [replace(message, new=replace(message.new, content=first)), *others]


async def _new(work: ImportWork, parts: list[ImportedMessage]) -> list[ImportedMessage]:
    """The parts that do not exist yet; one whose id is taken in another channel gets a different id."""
    there = await messages.find(work.connection, [part.new.id for part in parts])
    others = {}
    for part in parts:
        row = there.get(part.new.id)
        if row and row["channel_id"] != part.new.channel_id:
            others[part.new.id] = part, work.other_id(part.kind, part.old_id)
    if others:
        there |= await messages.find(work.connection, [id for _, id in others.values()])
        await work.remember(parts[0].kind, {str(part.old_id): id for part, id in others.values()})
        for part, id in others.values():
            work.change(part.kind, part.old_id, "has another id, because its own is taken", id)
        parts = [_with(part, id=others[part.new.id][1]) if part.new.id in others else part for part in parts]
    return [part for part in parts if part.new.id not in there]


def _with(part: ImportedMessage, **values: object) -> ImportedMessage:
    return replace(part, new=replace(part.new, **values))


async def _referring(work: ImportWork, parts: list[ImportedMessage]) -> list[ImportedMessage]:
    """The parts with the ids here of what they refer to, if that exists or comes with them, in the same channel."""
    wanted = {old for part in parts for old in (part.new.reply_to, part.new.thread_id) if old}
    before = await messages.found(work, parts[0].kind, wanted)
    known = {old: KnownMessage(row["id"], row["channel_id"], row["thread_id"]) for old, row in before.items()}
    referring = []
    for part in parts:
        new = part.new
        if new.reply_to or new.thread_id:
            answered = _target(
                work, part, new.reply_to, known, "no longer a reply: the message it replied to is missing"
            )
            root = _target(work, part, new.thread_id, known, "no longer in its thread: the first message is missing")
            part = _with(part, reply_to=answered, thread_id=root)
        referring.append(part)
        if not part.part:
            known[part.old_id] = KnownMessage(new.id, new.channel_id, part.new.thread_id)
    return referring


def _target(
    work: ImportWork, part: ImportedMessage, old: UUID | None, known: dict[UUID, KnownMessage], no: str
) -> UUID | None:
    """The id here of what a part refers to; otherwise None, with a note of the reason."""
    if old is None:
        return None
    found = known.get(old)
    if found and found.channel_id == part.new.channel_id and (old != part.new.thread_id or found.thread_id is None):
        return found.id
    work.change(part.kind, part.old_id, no, old)
    return None


async def _write(connection: OneConnection, parts: Sequence[ImportedMessage], positions: dict[UUID, int]) -> None:
    replies = Counter(part.new.thread_id for part in parts if part.new.thread_id and part.new.deleted_at is None)
    reached = dict(positions)
    rows, mentions = [], []
    for part in parts:
        seq = reached[part.new.channel_id] = reached[part.new.channel_id] + 1
        row = replace(part.new, seq=seq, version=seq, thread_reply_count=replies[part.new.id])
        rows.append(row)
        mentions += _mentions(row)
    await copy(connection, rows, mentions, _reactions(parts))
    here = {row.id for row in rows}
    channels = {row.thread_id: row.channel_id for row in rows if row.thread_id not in here}
    roots = []
    for root, channel in channels.items():
        if root is not None and replies[root]:
            reached[channel] += 1
            roots.append((root, replies[root], reached[channel]))
    await renew(connection, roots)
    await move(connection, {channel: place for channel, place in reached.items() if place > positions[channel]})


def _mentions(row: CopiedMessage) -> list[CopiedMention]:
    """A mention of the author by themselves is dropped."""
    if not row.mention_user_ids and not row.mention_everyone:
        return []
    everyone = (row.channel_id,) if row.mention_everyone else ()
    targets = [id for id in dict.fromkeys((*row.mention_user_ids, *everyone)) if id != row.author_id]
    in_thread = row.thread_id is not None
    return [CopiedMention(row.channel_id, target, row.seq, row.created_at, in_thread) for target in targets]


def _reactions(parts: Sequence[ImportedMessage]) -> list[CopiedReaction]:
    """A reaction that was stored twice is imported once."""
    found = {
        (part.new.id, reaction.user_id, reaction.emoji): replace(reaction, message_id=part.new.id)
        for part in parts
        for reaction in part.reactions
    }
    return list(found.values())


async def renew(connection: OneConnection, changed: Sequence[tuple[UUID, int, int]]) -> None:
    """Change messages, each by a number of new replies and to a version: one of the last positions of its channel."""
    if not changed:
        return
    await connection.execute(
        """
        UPDATE messages SET version = given.version, thread_reply_count = messages.thread_reply_count + given.count
        FROM unnest($1::uuid[], $2::int[], $3::bigint[]) AS given (id, count, version)
        WHERE messages.id = given.id AND messages.id = ANY($1)
        """,
        *map(list, zip(*changed, strict=True)),
    )
