"""How edits get into a document: one after another, under the lock of its topic, each at a position of its own.

An edit is made by somebody who had some state of the text, named by Parents. What happened since is a delta from that
state to the newest one; the edit is moved over it and applied at the end, and what moved it is moved over the edit in
turn: that is the *bridge* from the author's text to everybody's. It is stored beside the edit, so that each process can
lead an author on from any of their own versions, whatever happens to the process that took it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_hex
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.community import Community
from coterie.database.connection import Connection
from coterie.documents import authorship, deltas, edit_queries, snapshots, states
from coterie.documents.deltas import Delta, Patch
from coterie.documents.edit_queries import Standing, Step, StoredEdit
from coterie.documents.models import Document
from coterie.documents.notifications import notification, told
from coterie.documents.states import Known, State
from coterie.documents.texts import Text, Texts
from coterie.documents.versions import EditId, frontier_of
from coterie.errors import CoterieError
from coterie.log.append import lock
from coterie.permissions.bits import Permission

DIGESTED_LIMIT: Final = 32 * 1024
"""A text of up to so many code points is digested for each commit, which takes a fifth of a millisecond."""

REUSED: Final = "This Version was already used for another edit."
DIFFERENT: Final = "Repr-Digest: with this edit the text here is another than yours."
OUT_OF_ORDER: Final = "Patches go from the beginning to the end of the text, and do not overlap."
TOO_SHORT: Final = "A patch reaches beyond the end of the text at its Parents."
COUNTED_WRONG: Final = "The number in Version is too low: it counts all code points that its agent deleted or inserted."


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit as it was sent. Without `parents` it is meant for the newest text.

    A place below zero counts from the end: ~0 is right behind the text. `digest` is the SHA-256 of the text that the
    author has with it; `peer` names their subscription. One that `is_named` not has only an agent of its own.
    """

    user_id: UUID
    id: EditId
    parents: list[str] | None
    patches: list[Patch]
    peer: str | None = None
    digest: bytes | None = None
    is_named: bool = True


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an edit came to: the text at `position` is named by `frontier`."""

    position: int
    frontier: list[str]


@dataclass(frozen=True, slots=True)
class Work:
    """What storing works with. `limit` is the length of the longest text, in code points."""

    community: Community
    texts: Texts
    limit: int


async def store(
    work: Work, document_id: UUID, edits: Sequence[Edit], *, is_retry: bool
) -> list[Accepted | CoterieError]:
    """Store edits of one document in one commit.

    One that was stored before, be it by a try of unknown end, is answered with what it came to then.
    """
    database = work.community.database
    async with (
        work.texts.at_hand(document_id) as text,
        database.acquire() as connection,
        connection.transaction(),
    ):
        positions = await lock(connection, [document_id])
        if not positions:
            raise CoterieError(errors.NOT_FOUND)
        standing = await edit_queries.standing(connection, document_id)
        assert standing is not None, "its topic is there, and locked"
        refusals = await _refusals(work, connection, standing, {edit.user_id for edit in edits})
        await text.catch_up(connection)
        batch = Batch(work, connection, text, standing, positions[document_id])
        await batch.find([edit.id for edit in edits], [name for edit in edits for name in edit.parents or ()])
        results = [refusals.get(edit.user_id) or await batch.take(edit) for edit in edits]
        await batch.write()
        return results


async def begin(connection: Connection, document: Document, content: str) -> None:
    """Store what a new document begins with, in the transaction that makes it."""
    text = Text(document.id)
    id = EditId(token_hex(8), len(content) - 1)
    patches = [Patch(0, 0, content)]
    first = StoredEdit(
        position=1,
        id=id,
        size=len(content),
        parents=list(text.frontier),
        patches=patches,
        applied=deltas.of_patches(patches),
        bridge=deltas.NOTHING,
        base=0,
        frontier=[str(id)],
        engine=text.engine.apply((content,)),
        epoch=0,
        peer=None,
        user_id=document.created_by,
        created_at=document.created_at,
    )
    await edit_queries.insert(connection, document.id, [first], len(content), [])


async def _refusals(
    work: Work, connection: Connection, standing: Standing, users: set[UUID]
) -> dict[UUID, CoterieError]:
    """Why some of these people may not edit a document, as it is at this moment."""
    among = list(users)
    judged = await work.community.rights.judge(connection, [(standing.channel_id, user) for user in among])
    refusals: dict[UUID, CoterieError] = {}
    for user, seen in zip(among, judged, strict=True):
        try:
            if seen is None:
                raise CoterieError(errors.NOT_FOUND)
            seen.check(Permission.SEND_MESSAGES)
            if standing.is_archived:
                raise CoterieError(errors.DOCUMENT_ARCHIVED)
        except CoterieError as error:
            refusals[user] = error
    return refusals


class Batch:
    """Edits on their way into one document."""

    def __init__(self, work: Work, connection: Connection, text: Text, standing: Standing, position: int) -> None:
        self._work: Final = work
        self._connection: Final = connection
        self._text: Final = text
        self._standing: Final = standing
        self._position = position
        self._known: Known = Known((), text.document_id)
        self._accepted: Final[list[StoredEdit]] = []

    async def find(self, ids: Sequence[EditId], names: Sequence[str]) -> None:
        """Read what is known of versions."""
        self._known = await states.known(self._connection, self._text.document_id, ids, names)

    async def take(self, edit: Edit) -> Accepted | CoterieError:
        """Apply one edit, or tell why not."""
        try:
            if (before := self._known.at(edit.id)) is not None:
                return _repeated(before, edit)
            return await self._apply(edit)
        except CoterieError as error:
            return error

    async def _apply(self, edit: Edit) -> Accepted:
        state = self._state(edit.parents)
        since = await self._since(state)
        patches = _resolved(edit.patches, len(self._text.engine) - deltas.growth(since))
        sent = deltas.of_patches(patches)
        id = edit.id if edit.is_named else EditId(edit.id.agent, max(0, deltas.size(sent) - 1))
        self._check(id, sent)
        applied = deltas.settled(deltas.transform(sent, since, is_first=True))
        bridge = deltas.settled(deltas.transform(since, sent))
        heads = await self._heads(state)
        position = self._position + 1
        frontier = frontier_of(self._text.document_id, position, heads | {str(id)})
        self._check_digest(edit, applied, frontier == [str(id)])
        if self._text.is_epoch_over and not self._accepted:
            await self._begin_epoch()
        engine = self._text.engine.apply(applied)
        stored = StoredEdit(
            position=position,
            id=id,
            size=deltas.size(sent),
            parents=list(self._text.frontier) if edit.parents is None else edit.parents,
            patches=patches,
            applied=applied,
            bridge=bridge,
            base=state.base,
            frontier=frontier,
            engine=engine,
            epoch=self._text.epoch,
            peer=edit.peer,
            user_id=edit.user_id,
            created_at=datetime.now(UTC),
        )
        self._position = position
        self._accepted.append(stored)
        self._known.add(stored)
        self._text.add(Step(position, applied, frontier, engine, self._text.epoch))
        return Accepted(position, frontier)

    async def _begin_epoch(self) -> None:
        """Keep the text as it is before the first edit of this batch, so that edits before need not be read again."""
        document_id, until = self._text.document_id, self._text.position
        origin = await snapshots.newest_origin(self._connection, document_id, until)
        edits = await edit_queries.applied_between(self._connection, document_id, origin.position, until)
        spans = await asyncio.to_thread(authorship.follow, origin.spans, edits)
        await snapshots.insert(self._connection, document_id, until, str(self._text.engine), spans)
        await snapshots.thin(self._connection, document_id)
        self._text.begin_epoch()

    def _state(self, parents: list[str] | None) -> State:
        """What the author had; UNKNOWN_PARENTS if something of it has not arrived yet."""
        if parents is None or parents == self._text.frontier:
            return State(self._text.position, deltas.NOTHING, self._text.position, None)
        state = self._known.state(parents, self._text.position)
        if state is None:
            raise CoterieError(errors.UNKNOWN_PARENTS, retry_after=1)
        return state

    async def _since(self, state: State) -> Delta:
        """From what an author had to the newest text."""
        if state.position == self._text.position:
            return state.bridge
        later = await self._text.since(self._connection, state.position)
        return deltas.compose(state.bridge, deltas.compose_all(later))

    def _check(self, id: EditId, sent: Delta) -> None:
        """The name must fit the edit, and the document may not become too long."""
        size, growth = deltas.size(sent), deltas.growth(sent)
        if id.seq + 1 < size:
            raise CoterieError(errors.EDIT_IMPOSSIBLE, COUNTED_WRONG)
        if self._known.overlaps(id, size):
            raise CoterieError(errors.EDIT_IMPOSSIBLE, REUSED)
        if growth > 0 and len(self._text.engine) + growth > self._work.limit:
            sentence = f"A document has at most {self._work.limit} characters."
            raise CoterieError(errors.DOCUMENT_TOO_LARGE, sentence)

    async def _heads(self, state: State) -> set[str]:
        """The ids of the newest text's name of which the author did not know."""
        if state.base >= self._text.position:
            return set()
        unknown = [name for name in self._text.frontier if name != state.name]
        positions = await self._positions(unknown)
        return {name for name in unknown if positions[name] > state.base}

    async def _positions(self, names: Sequence[str]) -> Mapping[str, int]:
        missing = [name for name in names if self._known.position(name) is None]
        if missing:
            self._known.merge(await states.known(self._connection, self._text.document_id, (), missing))
        return {name: self._known.position(name) or 0 for name in names}

    def _check_digest(self, edit: Edit, applied: Delta, is_alone: bool) -> None:
        """Only where nobody else's edit is in between the text has to be the author's; else it goes unchecked."""
        if edit.digest is None or not is_alone:
            return
        text = deltas.apply(str(self._text.engine), applied)
        if sha256(text.encode()).digest() != edit.digest:
            raise CoterieError(errors.EDIT_IMPOSSIBLE, DIFFERENT)

    async def write(self) -> None:
        """Store what was accepted."""
        if self._accepted:
            document_id, as_of = self._text.document_id, self._standing.as_of
            said = [
                notification(document_id, told(edit, before, self._digest(edit)), edit.position, as_of)
                for edit, before in zip(self._accepted, self._parents(), strict=True)
            ]
            await edit_queries.insert(
                self._connection, self._text.document_id, self._accepted, len(self._text.engine), said
            )

    def _digest(self, edit: StoredEdit) -> str | None:
        """The digest of the text after an edit: the text at hand is what the last one came to."""
        is_last = edit.position == self._text.position
        return self._text.digest if is_last and len(self._text.engine) <= DIGESTED_LIMIT else None

    def _parents(self) -> list[list[str]]:
        """The name of the text before each accepted edit."""
        return [self._standing.frontier, *(edit.frontier for edit in self._accepted[:-1])]


def _resolved(patches: Sequence[Patch], length: int) -> list[Patch]:
    """Patches with all places counted from the beginning; EDIT_IMPOSSIBLE if they are not in order within the text."""
    found = [Patch(_place(start, length), _place(end, length), content) for start, end, content in patches]
    at = 0
    for patch in found:
        if not at <= patch.start <= patch.end:
            raise CoterieError(errors.EDIT_IMPOSSIBLE, OUT_OF_ORDER)
        at = patch.end
    if at > length:
        raise CoterieError(errors.EDIT_IMPOSSIBLE, TOO_SHORT)
    return found


def _place(number: int, length: int) -> int:
    return number if number >= 0 else length - ~number


def _repeated(before: StoredEdit, edit: Edit) -> Accepted:
    is_same = (before.id == edit.id or not edit.is_named) and _says_the_same(before.patches, edit.patches)
    if not is_same or (edit.parents is not None and sorted(before.parents) != sorted(edit.parents)):
        raise CoterieError(errors.EDIT_IMPOSSIBLE, REUSED)
    return Accepted(before.position, before.frontier)


def _says_the_same(stored: Sequence[Patch], sent: Sequence[Patch]) -> bool:
    """Whether patches are those that were stored, as far as places count from the beginning."""
    if len(stored) != len(sent):
        return False
    return all(
        a.content == b.content and b.start in (a.start, min(b.start, -1)) and b.end in (a.end, min(b.end, -1))
        for a, b in zip(stored, sent, strict=True)
    )
