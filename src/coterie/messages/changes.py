"""Changing stored messages: one path for every operation (`messages/operations.py`).

A batch takes the locks of its channels in id order, reads the messages under these locks, decides each change before
anything is written, and writes all of them with a handful of statements and one commit, whatever their number. An
operation that changes nothing takes no position. Two changes of one message never share a batch.
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
from coterie.audit.models import Action, AuditEntry
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.log import append, versions
from coterie.log.event import Event
from coterie.log.versions import ClientVersion, GivenName
from coterie.messages import mentions, parts, pin_messages, polls, queries, scheduled
from coterie.messages.author import NOBODY, Author, SystemAuthor, UserAuthor
from coterie.messages.events import event_of
from coterie.messages.mentions import Mentions
from coterie.messages.models import Message
from coterie.messages.operations import Changed, Counted, Decision, Operation
from coterie.messages.pin_messages import Pin
from coterie.messages.queries import Candidate, MentionTarget
from coterie.rights.rights import Rights
from coterie.rights.seen import Seen

ASKED: Final = ("ballot", "event")
EDITS_LIMIT: Final = 50
"""Earlier texts that are kept of one message."""


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """One operation on one message, and who carries it out.

    `client_version` is the client's own name for the change, `digest` is of its content, and `had` is the position up
    to which the author had everything, see `log/versions.py`.

    With `channel_id` the message must be in that channel. `counted` is what must be counted for the operation to
    decide.
    """

    message_id: UUID
    author: Author
    operation: Operation
    client_version: str | None = None
    digest: bytes = b""
    channel_id: UUID | None = None
    had: int | None = None
    counted: Counted = ""

    @property
    def actor_id(self) -> UUID:
        """The user whose action it is, or NOBODY."""
        return self.author.user_id or NOBODY


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """A message, named together with its channel."""

    channel_id: UUID
    message_id: UUID

    def request(self, user_id: UUID, operation: Operation, counted: Counted = "") -> ChangeRequest:
        author = UserAuthor(user_id)
        return ChangeRequest(self.message_id, author, operation, channel_id=self.channel_id, counted=counted)


def digest_of(message_id: UUID, content: str, details: object = None) -> bytes:
    """Distinguishes a repeat from another write with the same client version; `details` are those of its type, if
    any."""
    said = message_id.bytes + content.encode()
    return hashlib.sha256(said if details is None else said + b"\0" + msgspec.json.encode(details)).digest()


async def apply(
    database: Database, rights: Rights, requests: Sequence[ChangeRequest], *, is_retry: bool
) -> list[Message | CoterieError]:
    """Carry out a batch of operations in one transaction."""
    async with database.acquire() as connection, connection.transaction():
        channels = await queries.channels_of(connection, [request.message_id for request in requests])
        positions = await append.lock(connection, channels)
        candidates = await queries.candidates(
            connection,
            [(request.message_id, request.actor_id) for request in requests],
            [request.counted for request in requests],
        )
        asking = {kind: [each.actor_id if each.counted == kind else None for each in requests] for kind in ASKED}
        candidates = await polls.with_ballots(connection, asking["ballot"], candidates)
        candidates = await scheduled.with_events(connection, asking["event"], candidates)
        seen = await _judge(connection, rights, requests, candidates)
        repeats = await _repeats(connection, requests, candidates)
        batch = ChangeBatch(positions, is_retry=is_retry)
        for index, (request, candidate) in enumerate(zip(requests, candidates, strict=True)):
            batch.decide(request, candidate, seen.get(index), repeats.get(index, b""))
        await batch.find_mentions(connection, rights)
        await batch.write(connection)
    return batch.results


async def carry_out(connection: Connection, requests: Sequence[ChangeRequest]) -> None:
    """Carry out operations of Coterie's own inside the caller's transaction.

    For deleting and restoring: mentions are not looked up.
    """
    ids = [request.message_id for request in requests]
    positions = await append.lock(connection, await queries.channels_of(connection, ids))
    candidates = await queries.candidates(connection, [(request.message_id, request.actor_id) for request in requests])
    batch = ChangeBatch(positions, is_retry=True)
    for request, candidate in zip(requests, candidates, strict=True):
        assert isinstance(request.author, SystemAuthor), "users are judged in a batch of their own"
        batch.decide(request, candidate, request.author.seen, b"")
    await batch.write(connection)


async def _judge(
    connection: Connection, rights: Rights, requests: Sequence[ChangeRequest], candidates: Sequence[Candidate | None]
) -> dict[int, Seen]:
    """What each actor may do where the message is, by the request's index; actors who may not view it are missing."""
    pairs = {
        index: (candidate.message.channel_id, request.actor_id)
        for index, (request, candidate) in enumerate(zip(requests, candidates, strict=True))
        if candidate is not None
    }
    judged = await rights.judge(connection, list(pairs.values()))
    return {index: seen for index, seen in zip(pairs, judged, strict=True) if seen is not None}


async def _repeats(
    connection: Connection, requests: Sequence[ChangeRequest], candidates: Sequence[Candidate | None]
) -> dict[int, bytes | None]:
    """The digest with which a request's client version was used before, by the request's index; None: none is kept."""
    named = {
        index: (candidate.message.channel_id, request.client_version)
        for index, (request, candidate) in enumerate(zip(requests, candidates, strict=True))
        if candidate is not None and request.client_version is not None
    }
    used = await versions.used(connection, list(named.values())) if named else {}
    return {index: used[name] for index, name in named.items() if name in used}


@dataclass(frozen=True, slots=True)
class Decided:
    """A change with its position: the request and its actor, the message before, and what becomes of it."""

    index: int
    request: ChangeRequest
    seen: Seen
    before: Message
    changed: Changed
    targets: Sequence[UUID] = ()

    @property
    def mentioned(self) -> MentionTarget:
        message = self.after
        is_in_thread = message.thread_id is not None
        return MentionTarget(message.channel_id, message.seq, list(self.targets), message.created_at, is_in_thread)

    @property
    def after(self) -> Message:
        return self.changed.message

    @property
    def name(self) -> GivenName | None:
        return versions.given(self.request.client_version, self.request.actor_id, self.request.had, self.after.version)

    @property
    def recorded(self) -> Action | None:
        """What the audit log calls it, if it was done to someone else's message, or to an event."""
        if self.changed.recorded or self.before.author_id == self.request.actor_id:
            return self.changed.recorded
        if self.changed.ballot is not None and self.changed.ballot.ends_at is not None:
            return "poll_close"
        return "message_delete" if self.after.deleted and not self.before.deleted else None

    @property
    def has_new_text(self) -> bool:
        is_edit = not self.before.deleted and not self.after.deleted
        return is_edit and self.before.content != self.after.content

    @property
    def has_new_mentions(self) -> bool:
        return mentions.is_mentioning(self.before, self.after)


class ChangeBatch:
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
        """Decide one request; `used` is the digest with which its client version was used before: empty if it was not,
        None if it is not kept."""
        if candidate is None or seen is None or request.channel_id not in (None, candidate.message.channel_id):
            self.results.append(CoterieError(errors.NOT_FOUND))
        elif candidate.message.type == "system":
            self.results.append(CoterieError(errors.SYSTEM_MESSAGE))
        elif used != b"":
            is_repeat = used is None or used == request.digest
            self.results.append(candidate.message if is_repeat else CoterieError(errors.NONCE_REUSED))
        else:
            self._take(request, candidate.message, seen, self._weigh(request.operation, candidate, seen))

    async def find_mentions(self, connection: Connection, rights: Rights) -> None:
        """Look up what the new texts mention, before anything is written."""
        texts = [
            mentions.MessageText(decided.after.content, decided.seen, decided.after.reply_to)
            for decided in self._decided
            if decided.has_new_text
        ]
        if texts:
            found = iter(await mentions.resolve(connection, rights, texts))
            self._decided = [
                self._mentioning(decided, next(found)) if decided.has_new_text else decided for decided in self._decided
            ]

    async def write(self, connection: Connection) -> None:
        """Write every change with its position, and notify the bus."""
        if not self._decided:
            return
        await queries.rewrite(connection, [decided.after for decided in self._decided])
        await self._write_parts(connection)
        await self._write_texts(connection)
        await self._audit(connection)
        await versions.record(connection, [_named(decided) for decided in self._decided])
        roots = await self._uncount_replies(connection)
        pins = await self._tell_of_pins(connection)
        changed = [decided.after for decided in self._decided]
        complete = await parts.with_parts(connection, [*changed, *roots], None)
        events = [_event(decided, message) for decided, message in zip(self._decided, complete, strict=False)]
        await append.advance(connection, [*events, *map(_recounted, complete[len(changed) :]), *pins])

    def _weigh(self, operation: Operation, candidate: Candidate, seen: Seen) -> Decision:
        pins = candidate.pins + self._pins[candidate.message.channel_id]
        try:
            return operation(dataclasses.replace(candidate, pins=pins), seen, self._now, self._is_retry)
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

    def _mentioning(self, decided: Decided, mentioned: Mentions) -> Decided:
        message = mentions.mentioning(decided.after, mentioned)
        self.results[decided.index] = message
        targets = mentions.targets(mentioned, message.channel_id, message.author_id)
        changed = dataclasses.replace(decided.changed, message=message)
        return dataclasses.replace(decided, changed=changed, targets=targets)

    async def _write_parts(self, connection: Connection) -> None:
        """Store reactions, votes and events; what is deleted loses all its parts."""
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
        given = [(decided.after, decided.request.actor_id, decided.changed) for decided in self._decided]
        if voted := [(message, actor, ballot) for message, actor, it in given if (ballot := it.ballot)]:
            await polls.write(connection, voted, self._now)
        if planned := [(message, actor, event) for message, actor, it in given if (event := it.event)]:
            await scheduled.write(connection, planned, self._now)

    async def _write_texts(self, connection: Connection) -> None:
        """Store the earlier texts, and what the new ones mention."""
        edited = [(decided.before, decided.after) for decided in self._decided if decided.has_new_text]
        mentioned = [decided.mentioned for decided in self._decided if decided.has_new_mentions]
        if edited:
            await queries.insert_edits(connection, edited, EDITS_LIMIT)
        if mentioned:
            await queries.replace_mentions(connection, mentioned)

    async def _audit(self, connection: Connection) -> None:
        """Record what moderators did to other people's messages; of what a ban deletes, the ban itself is enough."""
        entries = [
            AuditEntry(decided.seen.structure.server_id, decided.request.actor_id, action, "message", decided.before.id)
            for decided in self._decided
            if decided.seen.structure is not None and (action := decided.recorded) is not None
        ]
        if entries:
            await record(connection, *entries)

    async def _uncount_replies(self, connection: Connection) -> list[Message]:
        """The roots of threads whose replies were deleted or restored: their reply counts change, and so do they."""
        counts: Counter[tuple[UUID, UUID]] = Counter()
        for decided in self._decided:
            if (thread := decided.after.thread_id) is not None:
                counts[thread, decided.after.channel_id] += decided.after.deleted - decided.before.deleted
        roots = [(root, count, self._next(channel)) for (root, channel), count in counts.items() if count]
        return await queries.uncount(connection, roots) if roots else []

    async def _tell_of_pins(self, connection: Connection) -> list[Event]:
        """Add a system message to the channel for each message that was pinned."""
        pins = []
        for decided in self._decided:
            if decided.changed.type == "MESSAGE_PIN":
                channel_id, is_in_conversation = decided.after.channel_id, decided.seen.structure is None
                position, actor_id = self._next(channel_id), decided.request.actor_id
                pins.append(Pin(channel_id, position, decided.after.id, actor_id, is_in_conversation))
        return await pin_messages.add(connection, pins, self._now) if pins else []


def _event(decided: Decided, complete: Message) -> Event:
    extra = append.encoded(decided.changed.extra) if decided.changed.extra else ""
    return event_of(complete, decided.changed.type, decided.name, extra)


def _recounted(root: Message) -> Event:
    return event_of(root, "MESSAGE_DELETE" if root.deleted else "MESSAGE_UPDATE")


def _named(decided: Decided) -> ClientVersion:
    request = decided.request
    return ClientVersion(
        decided.after.channel_id,
        request.client_version,
        decided.after.version,
        request.digest,
        decided.name.unnamed_for if decided.name else None,
        request.had,
    )
