"""Changing messages that stand: one machinery for every deed (`messages/deeds.py`).

A batch takes the locks of its channels in id order, reads the messages as they are then, decides each change before
anything is written, and writes all of them with a handful of statements and one commit, however many they are. A
change that changes nothing takes no position. Two changes of one message never share a batch.
"""

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
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
from coterie.messages.deeds import Changed, Counted, Decision, Deed
from coterie.messages.mentions import Mentions
from coterie.messages.models import Message, Parts
from coterie.messages.queries import Candidate
from coterie.permissions.rights import Rights, Seen

encoder: Final = msgspec.json.Encoder()

EDITS_LIMIT: Final = 50
"""Earlier texts that are kept of one message."""


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
