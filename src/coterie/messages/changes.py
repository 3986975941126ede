"""Changing messages that stand: edit, delete, pin, react. One machinery for every deed.

A batch takes the locks of its channels in id order, reads the messages as they are then, decides each change before
anything is written, and writes all of them with a handful of statements and one commit, however many they are. A
change that changes nothing takes no position. Two changes of one message never share a batch.
"""

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec.structs import replace

from coterie import errors
from coterie.audit.actions import record
from coterie.audit.models import Entry
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.log import append, versions
from coterie.log.event import Event
from coterie.log.versions import ClientVersion
from coterie.messages import mentions, parts, queries
from coterie.messages.mentions import Mentions
from coterie.messages.models import Message, Parts
from coterie.messages.queries import Candidate
from coterie.permissions.bits import Permission
from coterie.permissions.rights import Rights, Seen

encoder: Final = msgspec.json.Encoder()

PIN_LIMIT: Final = 250
"""Pinned messages of one channel."""

EDITS_LIMIT: Final = 50
"""Earlier texts that are kept of one message."""

EMOJI_LIMIT: Final = 50
"""Different emojis with which people react to one message."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What a deed makes of a message, and of the actor's reaction to it (emoji, and whether it stands then).

    `extra` are fields that only the gateway's frame has, beside those of the message.
    """

    message: Message
    type: str
    reaction: tuple[str, bool] | None = None
    extra: dict[str, object] = field(default_factory=dict)


Decision: TypeAlias = Changed | CoterieError | None
"""A change, a refusal, or nothing to do."""

Counted: TypeAlias = Literal["", "pins", "emojis"]

Deed: TypeAlias = Callable[[Candidate, Seen, datetime, bool], Decision]
"""Decides about one message by what the actor may do there; may raise its refusal.

The last argument says that an earlier try may have been committed.
"""


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """One deed to one message. `client_version` is the client's own name for the change, `digest` what it says.

    With `channel_id` the message must be in that channel. `counted` is what the deed needs counted to decide.
    """

    message_id: UUID
    actor_id: UUID
    deed: Deed
    client_version: str | None = None
    digest: bytes = b""
    channel_id: UUID | None = None
    counted: Counted = ""


def edit(content: str) -> Deed:
    def decide(candidate: Candidate, seen: Seen, now: datetime, is_retry: bool) -> Decision:
        message = candidate.message
        if message.deleted:
            return CoterieError(errors.NOT_FOUND)
        if not candidate.is_author:
            return CoterieError(errors.NOT_THE_AUTHOR)
        seen.check(Permission.SEND_MESSAGES)
        if message.content == content:
            return None
        return Changed(replace(message, content=content, edited_at=now), "MESSAGE_UPDATE")

    return decide


def delete() -> Deed:
    def decide(candidate: Candidate, seen: Seen, now: datetime, is_retry: bool) -> Decision:
        message = candidate.message
        if message.deleted:
            return None if is_retry else CoterieError(errors.NOT_FOUND)
        if not candidate.is_author:
            seen.check(Permission.MANAGE_MESSAGES)
        return Changed(tombstone(message), "MESSAGE_DELETE")

    return decide


@dataclass(frozen=True, slots=True)
class Restored:
    """What a deleted message was."""

    content: str
    mention_user_ids: list[UUID]
    mention_role_ids: list[UUID]
    mention_everyone: bool
    mention_here: bool
    pinned_at: datetime | None
    pinned_by: UUID | None


def restore(restored: Restored) -> Deed:
    """Make a tombstone the message again that it was; what hung on it is the caller's to bring back."""

    def decide(candidate: Candidate, seen: Seen, now: datetime, is_retry: bool) -> Decision:
        if not candidate.message.deleted:
            return None
        values = {name: getattr(restored, name) for name in Restored.__slots__}
        is_pinned = restored.pinned_at is not None
        return Changed(replace(candidate.message, deleted=False, pinned=is_pinned, **values), "MESSAGE_UPDATE")

    return decide


def react(user_id: UUID, emoji: str) -> Deed:
    def decide(candidate: Candidate, seen: Seen, now: datetime, is_retry: bool) -> Decision:
        if candidate.message.deleted:
            return CoterieError(errors.NOT_FOUND)
        seen.check(Permission.ADD_REACTIONS)
        if emoji in candidate.own_reactions:
            return None
        if len(candidate.emojis) >= EMOJI_LIMIT and emoji not in candidate.emojis:
            return CoterieError(errors.TOO_MANY_REACTIONS)
        return _reaction(candidate.message, "REACTION_ADD", user_id, emoji)

    return decide


def unreact(user_id: UUID, emoji: str) -> Deed:
    def decide(candidate: Candidate, seen: Seen, now: datetime, is_retry: bool) -> Decision:
        if emoji not in candidate.own_reactions:
            return None if is_retry else CoterieError(errors.NOT_FOUND)
        return _reaction(candidate.message, "REACTION_REMOVE", user_id, emoji)

    return decide


def pin(user_id: UUID) -> Deed:
    def decide(candidate: Candidate, seen: Seen, now: datetime, is_retry: bool) -> Decision:
        message = candidate.message
        if message.deleted:
            return CoterieError(errors.NOT_FOUND)
        _check_may_pin(seen)
        if message.pinned:
            return None
        if candidate.pins >= PIN_LIMIT:
            return CoterieError(errors.TOO_MANY_PINS)
        pinned = replace(message, pinned=True, pinned_at=now, pinned_by=user_id)
        return Changed(pinned, "MESSAGE_PIN", extra={"message_id": message.id})

    return decide


def unpin(user_id: UUID) -> Deed:
    def decide(candidate: Candidate, seen: Seen, now: datetime, is_retry: bool) -> Decision:
        message = candidate.message
        _check_may_pin(seen)
        if not message.pinned:
            return None if is_retry else CoterieError(errors.NOT_FOUND)
        unpinned = replace(message, pinned=False, pinned_at=None, pinned_by=None)
        return Changed(unpinned, "MESSAGE_UNPIN", extra={"message_id": message.id, "unpinned_by": user_id})

    return decide


def _check_may_pin(seen: Seen) -> None:
    """In a conversation everybody who may write there."""
    seen.check(Permission.MANAGE_MESSAGES if seen.structure is not None else Permission.SEND_MESSAGES)


def _reaction(message: Message, type: str, user_id: UUID, emoji: str) -> Changed:
    extra: dict[str, object] = {"message_id": message.id, "user_id": user_id, "emoji": emoji}
    return Changed(message, type, (emoji, type == "REACTION_ADD"), extra)


def tombstone(message: Message) -> Message:
    """What stays of a deleted message: its place, its author and its time."""
    return replace(
        message,
        content="",
        type_details=None,
        deleted=True,
        mention_user_ids=[],
        mention_everyone=False,
        mention_role_ids=[],
        mention_here=False,
        pinned=False,
        pinned_at=None,
        pinned_by=None,
    )


def digest_of(message_id: UUID, content: str, details: object = None) -> bytes:
    """What tells a repeat from another write under the same client version; `details` are of its type, if any."""
    said = message_id.bytes + content.encode()
    return hashlib.sha256(said if details is None else said + b"\0" + encoder.encode(details)).digest()


async def apply(
    database: Database, rights: Rights, requests: Sequence[ChangeRequest], *, is_retry: bool
) -> list[Message | CoterieError]:
    """Carry out a batch of deeds in one transaction."""
    async with database.acquire() as connection, connection.transaction():
        channels = await queries.channels_of(connection, [request.message_id for request in requests])
        positions = await append.lock(connection, channels)
        candidates = await queries.candidates(
            connection,
            [(request.message_id, request.actor_id) for request in requests],
            [request.counted for request in requests],
        )
        seen = await _judge(connection, rights, requests, candidates)
        repeats = await _repeats(connection, requests, candidates)
        batch = Batch(positions, is_retry=is_retry)
        for index, (request, candidate) in enumerate(zip(requests, candidates, strict=True)):
            batch.decide(request, candidate, seen.get(index), repeats.get(index))
        await batch.find_mentions(connection, rights)
        await batch.write(connection)
    return batch.results


async def carry_out(connection: Connection, requests: Sequence[ChangeRequest], seen: Seen) -> None:
    """Carry out deeds inside the caller's transaction, by what `seen` says that they may wherever the messages are.

    For deletions, and what takes them back: whom the texts call is not looked for.
    """
    ids = [request.message_id for request in requests]
    positions = await append.lock(connection, await queries.channels_of(connection, ids))
    candidates = await queries.candidates(connection, [(request.message_id, request.actor_id) for request in requests])
    batch = Batch(positions, is_retry=True)
    for request, candidate in zip(requests, candidates, strict=True):
        batch.decide(request, candidate, seen, None)
    await batch.write(connection)


async def _judge(
    connection: Connection, rights: Rights, requests: Sequence[ChangeRequest], candidates: Sequence[Candidate | None]
) -> dict[int, Seen]:
    """What each actor may do where the message is, by the request's index; those who may not view it are missing."""
    pairs = {
        index: (candidate.message.channel_id, request.actor_id)
        for index, (request, candidate) in enumerate(zip(requests, candidates, strict=True))
        if candidate is not None
    }
    judged = await rights.judge(connection, list(pairs.values()))
    return {index: seen for index, seen in zip(pairs, judged, strict=True) if seen is not None}


async def _repeats(
    connection: Connection, requests: Sequence[ChangeRequest], candidates: Sequence[Candidate | None]
) -> dict[int, bytes]:
    """The digest under which a request's client version was used before, by the request's index."""
    named = {
        index: (candidate.message.channel_id, request.client_version)
        for index, (request, candidate) in enumerate(zip(requests, candidates, strict=True))
        if candidate is not None and request.client_version is not None
    }
    used = await versions.used(connection, list(named.values())) if named else {}
    return {index: used[name] for index, name in named.items() if name in used}


@dataclass(frozen=True, slots=True)
class Decided:
    """A change in its place: what was asked and by whom, the message before, and what becomes of it."""

    index: int
    request: ChangeRequest
    seen: Seen
    before: Message
    changed: Changed
    targets: Sequence[UUID] = ()

    @property
    def after(self) -> Message:
        return self.changed.message

    @property
    def has_new_text(self) -> bool:
        is_edit = not self.before.deleted and not self.after.deleted
        return is_edit and self.before.content != self.after.content

    @property
    def calls(self) -> bool:
        """Whether the message calls others than before, or calls them anew."""
        return mentions.is_calling(self.before, self.after)


class Batch:
    """Collects the decisions of a batch, then writes them."""

    def __init__(self, positions: dict[UUID, int], *, is_retry: bool) -> None:
        self.results: Final[list[Message | CoterieError]] = []
        self._positions: Final = positions
        self._is_retry: Final = is_retry
        self._now: Final = datetime.now(UTC)
        self._decided: list[Decided] = []
        self._pins: Final[Counter[UUID]] = Counter()

    def decide(
        self, request: ChangeRequest, candidate: Candidate | None, seen: Seen | None, used: bytes | None
    ) -> None:
        """Decide one request; `used` is the digest under which its client version was used before."""
        if candidate is None or seen is None or request.channel_id not in (None, candidate.message.channel_id):
            self.results.append(CoterieError(errors.NOT_FOUND))
        elif candidate.message.type == "system":
            self.results.append(CoterieError(errors.SYSTEM_MESSAGE))
        elif used is not None:
            is_repeat = used == request.digest
            self.results.append(candidate.message if is_repeat else CoterieError(errors.NONCE_REUSED))
        else:
            self._take(request, candidate.message, seen, self._weigh(request.deed, candidate, seen))

    async def find_mentions(self, connection: Connection, rights: Rights) -> None:
        """Find whom the new texts call; before anything is written."""
        texts = [
            mentions.Text(decided.after.content, decided.seen, decided.after.reply_to)
            for decided in self._decided
            if decided.has_new_text
        ]
        if texts:
            found = iter(await mentions.resolve(connection, rights, texts))
            self._decided = [
                self._calling(decided, next(found)) if decided.has_new_text else decided for decided in self._decided
            ]

    async def write(self, connection: Connection) -> None:
        """Write every change with its position, and tell the bus."""
        if not self._decided:
            return
        await queries.rewrite(connection, [decided.after for decided in self._decided])
        await self._write_reactions(connection)
        await self._write_texts(connection)
        await self._audit(connection)
        await versions.record(connection, [_named(decided) for decided in self._decided])
        roots = await self._uncount_replies(connection)
        changed = [decided.after for decided in self._decided]
        found = await parts.parts(connection, [message.id for message in (*changed, *roots)], None)
        await append.advance(
            connection,
            [
                *(self._event(decided, found) for decided in self._decided),
                *(_recounted(joined(root, found.get(root.id))) for root in roots),
            ],
        )

    def _weigh(self, deed: Deed, candidate: Candidate, seen: Seen) -> Decision:
        pins = candidate.pins + self._pins[candidate.message.channel_id]
        try:
            return deed(dataclasses.replace(candidate, pins=pins), seen, self._now, self._is_retry)
        except CoterieError as error:
            return error

    def _take(self, request: ChangeRequest, message: Message, seen: Seen, decision: Decision) -> None:
        if isinstance(decision, CoterieError):
            self.results.append(decision)
        elif decision is None:
            self.results.append(message)
        else:
            placed = replace(decision.message, version=self._next(message.channel_id))
            changed = dataclasses.replace(decision, message=placed)
            self._decided.append(Decided(len(self.results), request, seen, message, changed))
            self._pins[message.channel_id] += placed.pinned - message.pinned
            self.results.append(placed)

    def _next(self, channel_id: UUID) -> int:
        self._positions[channel_id] += 1
        return self._positions[channel_id]

    def _calling(self, decided: Decided, called: Mentions) -> Decided:
        message = mentions.mentioning(decided.after, called)
        self.results[decided.index] = message
        targets = mentions.targets(called, message.channel_id, message.author_id)
        changed = dataclasses.replace(decided.changed, message=message)
        return dataclasses.replace(decided, changed=changed, targets=targets)

    async def _write_reactions(self, connection: Connection) -> None:
        gone = [decided.after.id for decided in self._decided if decided.after.deleted]
        reacted = [
            (decided.after.id, decided.request.actor_id, *decided.changed.reaction)
            for decided in self._decided
            if decided.changed.reaction
        ]
        if gone:
            await parts.clear_parts(connection, gone)
            await queries.clear_edits(connection, gone)
        if reacted:
            await parts.set_reactions(connection, reacted, self._now)

    async def _write_texts(self, connection: Connection) -> None:
        """What the texts were before, and whom they call now."""
        edited = [(decided.before, decided.after) for decided in self._decided if decided.has_new_text]
        calling = [(decided.after, decided.targets) for decided in self._decided if decided.calls]
        if edited:
            await queries.keep_edits(connection, edited, EDITS_LIMIT)
        if calling:
            await queries.call(connection, calling)

    async def _audit(self, connection: Connection) -> None:
        """Record what moderators deleted of others; what a ban takes away is recorded as the ban."""
        entries = [
            Entry(decided.seen.structure.server_id, decided.request.actor_id, "message_delete", "message", before.id)
            for decided in self._decided
            if (before := decided.before).author_id != decided.request.actor_id
            and decided.after.deleted
            and not before.deleted
            and decided.seen.structure is not None
        ]
        if entries:
            await record(connection, *entries)

    async def _uncount_replies(self, connection: Connection) -> list[Message]:
        """The roots of threads of which replies were deleted or came back: their counts, and so they, change too."""
        counts: Counter[tuple[UUID, UUID]] = Counter()
        for decided in self._decided:
            if (thread := decided.after.thread_id) is not None:
                counts[thread, decided.after.channel_id] += decided.after.deleted - decided.before.deleted
        roots = [(root, count, self._next(channel)) for (root, channel), count in counts.items() if count]
        return await queries.uncount(connection, roots) if roots else []

    def _event(self, decided: Decided, found: dict[UUID, Parts]) -> Event:
        complete = joined(decided.after, found.get(decided.after.id))
        extra = encoder.encode(decided.changed.extra).decode() if decided.changed.extra else ""
        return event_of(complete, decided.changed.type, decided.request.client_version, extra)


def joined(message: Message, parts: Parts | None) -> Message:
    """The message with what hangs on it, if anything does."""
    return replace(message, reactions=parts.reactions, attachments=parts.attachments) if parts else message


def event_of(message: Message, type: str, client_version: str | None = None, extra: str = "") -> Event:
    """A deleted message stays in the collection as its tombstone, so no event of a channel is a removal."""
    return Event(
        message.channel_id,
        message.version,
        type,
        str(message.id),
        encoder.encode(message).decode(),
        client_version=client_version,
        extra=extra,
    )


def _recounted(root: Message) -> Event:
    return event_of(root, "MESSAGE_DELETE" if root.deleted else "MESSAGE_UPDATE")


def _named(decided: Decided) -> ClientVersion:
    request = decided.request
    return ClientVersion(decided.after.channel_id, request.client_version, decided.after.version, request.digest)
