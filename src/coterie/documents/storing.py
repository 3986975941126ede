"""Stores the edits of a document: one after another, under the lock of its topic, each at its own position.

The author of an edit had some state of the text, named by Parents. The changes since are a delta from that state to the
newest one; the edit is transformed over it and applied at the end. In turn, that delta is transformed over the edit:
this is the *bridge* from the author's text to the common one. It is stored with the edit, so that any process can bring
an author up to date from any of their own versions, whatever happens to the process that stored the edit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from operator import itemgetter
from secrets import token_hex
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.documents import authorship, background, deltas, edit_queries, snapshots, states, submitted
from coterie.documents.deltas import Delta, Patch
from coterie.documents.edit_insertion import Insertion, Judgement, insert
from coterie.documents.edit_queries import DocumentHead, Step, StoredEdit, ThinnedError
from coterie.documents.errors import DOCUMENT_TOO_LARGE
from coterie.documents.events import bus_message, edit_event
from coterie.documents.judging import Judged, RightLostError, judge
from coterie.documents.models import Document
from coterie.documents.screening import NO_LIMITS, screen_lines
from coterie.documents.states import Known, State
from coterie.documents.texts import Text, Texts
from coterie.documents.versions import EditId, beginning, frontier_of
from coterie.errors import CoterieError
from coterie.http.rate_limits import Limits
from coterie.log.append import lock
from coterie.permissions.authority import Authority
from coterie.permissions.context import ActionContext
from coterie.usage.storage import StorageQuota

DIGESTED_LIMIT: Final = 32 * 1024
"""Each commit computes the digest of a text of up to this many code points, which takes a fifth of a millisecond, and
compares its author's digest with it."""

TRIES: Final = 5
"""How often storing begins again because permissions change meanwhile."""

REUSED: Final = "This Version was already used for another edit."
DIFFERENT: Final = "Repr-Digest: after this edit, the text on the server differs from yours."
COUNTED_WRONG: Final = (
    "The number in Version is too low: it must count all code points that its agent has deleted or inserted."
)


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit as it was sent. Without `parents` it applies to the newest text.

    A place below zero counts from the end: ~0 is right after the text. `digest` is the SHA-256 of the author's text
    after the edit; `peer` names their subscription. If it is not `is_named`, it has only an agent of its own.
    """

    user_id: UUID
    id: EditId
    parents: list[str] | None
    patches: list[Patch]
    peer: str | None = None
    digest: bytes | None = None
    is_named: bool = True


@dataclass(frozen=True, slots=True)
class AcceptedEdit:
    """The result of an edit: the text at `position` is named by `frontier`."""

    position: int
    frontier: list[str]


@dataclass(frozen=True, slots=True)
class Work:
    """What storing needs. `limit` is the maximum length of a text, in code points."""

    context: ActionContext
    texts: Texts
    limit: int
    quota: StorageQuota
    limits: Limits = NO_LIMITS


async def store(
    work: Work, document_id: UUID, edits: Sequence[Edit], *, is_retry: bool
) -> list[AcceptedEdit | CoterieError]:
    """Store edits of one document in one commit.

    An edit that was already stored, such as by a try with an unknown outcome, gets its earlier result.
    """
    for _ in range(TRIES):
        try:
            return await _store(work, document_id, edits)
        except RightLostError:
            continue  # next time they are refused
    raise CoterieError(errors.OVERLOADED, retry_after=1)


async def _store(work: Work, document_id: UUID, edits: Sequence[Edit]) -> list[AcceptedEdit | CoterieError]:
    database = work.context.database
    async with (
        work.texts.at_hand(document_id) as text,
        database.acquire() as connection,
        connection.transaction(),
    ):
        positions = await lock(connection, [document_id])
        if not positions:
            raise CoterieError(errors.NOT_FOUND)
        head = await edit_queries.head(connection, document_id)
        assert head is not None, "its topic is there, and locked"
        judged = await judge(work.context.permissions, connection, head, {edit.user_id for edit in edits})
        await text.catch_up(connection)
        batch = Batch(work, connection, text, head, positions[document_id], judged)
        await batch.find([edit.id for edit in edits], [name for edit in edits for name in edit.parents or ()])
        results = [judged.refusals.get(edit.user_id) or await batch.take(edit) for edit in _last_checked(edits)]
        await batch.write()
        return results


def _last_checked(edits: Sequence[Edit]) -> list[Edit]:
    """Only the last digest of a batch is compared: it covers the edits before it."""
    return [*(replace(edit, digest=None) for edit in edits[:-1]), edits[-1]]


async def begin(connection: Connection, document: Document, content: str) -> None:
    """Store the initial text of a new document, in the transaction that creates it."""
    id = EditId(token_hex(8), len(content) - 1)
    patches = [Patch(0, 0, content)]
    first = StoredEdit(
        position=1,
        id=id,
        size=len(content),
        parents=beginning(document.id),
        patches=patches,
        applied=deltas.of_patches(patches),
        bridge=deltas.NOTHING,
        base=0,
        frontier=[str(id)],
        peer=None,
        user_id=document.created_by,
        created_at=document.created_at,
    )
    await insert(connection, document.id, Insertion([first], len(content)))


class Batch:
    """Edits that are being stored in one document."""

    def __init__(
        self, work: Work, connection: Connection, text: Text, head: DocumentHead, position: int, judged: Judged
    ) -> None:
        self._judged: Final = judged
        self._work: Final = work
        self._connection: Final = connection
        self._text: Final = text
        self._head: Final = head
        self._position = position
        self._known: Known = Known((), text.document_id)
        self._accepted: Final[list[StoredEdit]] = []

    async def find(self, ids: Sequence[EditId], names: Sequence[str]) -> None:
        """Read the stored edits of versions."""
        self._known = await states.known(self._connection, self._text.document_id, ids, names)

    async def take(self, edit: Edit) -> AcceptedEdit | CoterieError:
        """Apply one edit, or return the error."""
        try:
            if (before := self._known.at(edit.id)) is not None:
                return _repeated(before, edit)
            return await self._apply(edit)
        except CoterieError as error:
            return error

    async def _apply(self, edit: Edit) -> AcceptedEdit:
        try:
            state = self._state(edit.parents)
            since = await self._since(state)
        except ThinnedError:  # their next subscription begins with the whole text
            raise CoterieError(errors.UNKNOWN_PARENTS, retry_after=1) from None
        resolve = partial(submitted.resolved, edit.patches, len(self._text.content) - deltas.growth(since))
        patches, sent = await self._text.background.run(resolve, len(edit.patches))
        id = edit.id if edit.is_named else EditId(edit.id.agent, max(0, deltas.size(sent) - 1))
        self._check(id, sent)
        exchange = partial(submitted.exchanged, sent, since)
        applied, bridge = await self._text.background.run(exchange, len(sent) + len(since))
        heads = await self._heads(state)
        position = self._position + 1
        frontier = frontier_of(self._text.document_id, position, heads | {str(id)})
        await self._check_digest(edit, applied, frontier == [str(id)])
        await self._screen(edit, applied)
        await self._work.quota.take(self._connection, edit.user_id, submitted.bytes_of(sent, applied, bridge))
        if self._text.is_snapshot_due and not self._accepted:
            await self._keep_snapshot()
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
            peer=edit.peer,
            user_id=edit.user_id,
            created_at=datetime.now(UTC),
        )
        self._position = position
        self._accepted.append(stored)
        self._known.add(stored)
        self._text.add(Step(position, applied, frontier))
        return AcceptedEdit(position, frontier)

    async def _keep_snapshot(self) -> None:
        """Store the text before the first edit of this batch, so that earlier edits need not be read again."""
        document_id, until = self._text.document_id, self._text.position
        origin = await snapshots.newest_origin(self._connection, document_id, until)
        edits = await edit_queries.applied_between(self._connection, document_id, origin.position, until)
        self._text.note_unsaved([delta for _, delta in edits])
        if not self._text.is_snapshot_due:
            return
        follow = partial(authorship.follow, origin.spans, edits)
        spans = await self._text.background.run(
            follow, len(origin.spans) + background.size_of(map(itemgetter(1), edits))
        )
        await snapshots.insert(self._connection, document_id, until, str(self._text.content), spans)
        await snapshots.thin(self._connection, document_id)
        self._text.note_unsaved([])

    def _state(self, parents: list[str] | None) -> State:
        """The author's text; UNKNOWN_PARENTS if a part of it has not arrived yet."""
        if parents is None or parents == self._text.frontier:
            return State(self._text.position, deltas.NOTHING, self._text.position, None)
        state = self._known.state(parents, self._text.position)
        if state is None:
            raise CoterieError(errors.UNKNOWN_PARENTS, retry_after=1)
        return state

    async def _since(self, state: State) -> Delta:
        """The delta from an author's text to the newest one."""
        if state.position == self._text.position:
            return state.bridge
        later = await self._text.since(self._connection, state.position)
        return await self._text.composed([state.bridge, *later])

    def _check(self, id: EditId, sent: Delta) -> None:
        """The id must fit the edit, and the document must not become too long."""
        size, growth = deltas.size(sent), deltas.growth(sent)
        if id.seq + 1 < size:
            raise CoterieError(errors.EDIT_IMPOSSIBLE, COUNTED_WRONG)
        if self._known.overlaps(id, size):
            raise CoterieError(errors.EDIT_IMPOSSIBLE, REUSED)
        if growth > 0 and len(self._text.content) + growth > self._work.limit:
            sentence = f"A document can have at most {self._work.limit} characters."
            raise CoterieError(DOCUMENT_TOO_LARGE, sentence)

    async def _heads(self, state: State) -> set[str]:
        """The ids in the newest text's name that the author did not know."""
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

    async def _check_digest(self, edit: Edit, applied: Delta, is_alone: bool) -> None:
        """If there is no other edit in between, a short text must be the author's; otherwise it is not checked."""
        content = self._text.content
        length = len(content) + deltas.growth(applied)
        if edit.digest is None or not is_alone or length > DIGESTED_LIMIT:
            return
        if await self._text.background.read(lambda: content.after(applied).digest(), length) != edit.digest:
            raise CoterieError(errors.EDIT_IMPOSSIBLE, DIFFERENT)

    async def _screen(self, edit: Edit, applied: Delta) -> None:
        """Raises what automod refuses in the lines that an edit changes."""
        authority = self._judged.authorities[edit.user_id]
        if authority.rules is None:
            return
        content = self._text.content
        length = len(content) + deltas.growth(applied)
        lines = await self._text.background.read(lambda: content.after(applied).lines_of(applied), length)
        await screen_lines(self._work.limits, self._text.background, authority, lines)

    async def write(self) -> None:
        """Store the accepted edits, while their authors may still make them; raises RightLostError."""
        authors = {edit.user_id for edit in self._accepted if edit.user_id is not None}
        judged = self._judged
        for _ in range(TRIES):
            if not authors or await self._insert(judged.judgement):
                return
            judged = await judge(self._work.context.permissions, self._connection, self._head, authors)
            if judged.refusals or any(self._has_other_rules(authority) for authority in judged.authorities.values()):
                raise RightLostError
        raise CoterieError(errors.OVERLOADED, retry_after=1)

    def _has_other_rules(self, authority: Authority) -> bool:
        """Whether the rules that apply to a user have changed since."""
        return authority.rules is not self._judged.authorities[authority.user_id].rules

    async def _insert(self, judgement: Judgement) -> bool:
        document_id = self._text.document_id
        said = [
            bus_message(document_id, edit_event(edit, before, await self._digest(edit)), edit.position, judgement.as_of)
            for edit, before in zip(self._accepted, self._parents(), strict=True)
        ]
        insertion = Insertion(self._accepted, len(self._text.content), said, judgement)
        return await insert(self._connection, document_id, insertion)

    async def _digest(self, edit: StoredEdit) -> str | None:
        """The digest of the text after an edit: the text at hand is the one after the last edit."""
        is_last = edit.position == self._text.position
        return await self._text.digest() if is_last and len(self._text.content) <= DIGESTED_LIMIT else None

    def _parents(self) -> list[list[str]]:
        """The name of the text before each accepted edit."""
        return [self._head.frontier, *(edit.frontier for edit in self._accepted[:-1])]


def _repeated(before: StoredEdit, edit: Edit) -> AcceptedEdit:
    is_of_nothing = edit.parents == [str(edit.id)] and not deltas.of_patches(edit.patches)
    if before.id == edit.id and (before.is_thinned or is_of_nothing):
        return AcceptedEdit(before.position, before.frontier)
    is_same = (before.id == edit.id or not edit.is_named) and submitted.says_the_same(before.patches, edit.patches)
    if not is_same or (edit.parents is not None and sorted(before.parents) != sorted(edit.parents)):
        raise CoterieError(errors.EDIT_IMPOSSIBLE, REUSED)
    return AcceptedEdit(before.position, before.frontier)
