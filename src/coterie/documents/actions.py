"""The actions on documents. `Documents.edit` changes the texts; everything else is logged with the channel."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from secrets import token_hex
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

import msgspec

from coterie import errors
from coterie.database.connection import Connection
from coterie.documents import access, changes, deltas, edit_queries, history, queries, states, storing, versions
from coterie.documents.deltas import Patch
from coterie.documents.differences import differences
from coterie.documents.errors import DOCUMENT_TOO_LARGE, TOO_MANY_DOCUMENTS, TOO_MANY_PINNED_DOCUMENTS
from coterie.documents.models import Document, DocumentChange, DocumentCreation
from coterie.documents.screening import NO_LIMITS, screen_lines
from coterie.documents.storing import AcceptedEdit, Edit, Work
from coterie.documents.texts import Text, Texts, Transition
from coterie.documents.versions import EditId
from coterie.errors import CoterieError
from coterie.http import patch
from coterie.http.rate_limits import Limits
from coterie.identifiers import new_id
from coterie.log.append import append, lock
from coterie.log.writer import Writer
from coterie.permissions.context import ActionContext
from coterie.process.tallies import WriterTally
from coterie.screening.screen import check_names
from coterie.usage import queries as metering
from coterie.usage.counting import Usage, exceeded
from coterie.usage.storage import StorageQuota

DOCUMENT_LIMIT: Final = 500
ARCHIVED_LIMIT: Final = 2_000
PINNED_LIMIT: Final = 10
"""Documents per channel: active, archived and pinned ones."""

HELD_LIMIT: Final = 5 * 1024 * 1024
"""Bytes of edits per process that wait for the edits before them."""

ANNOUNCE_INTERVAL: Final = timedelta(seconds=30)
"""A channel is notified of edits of a document at most this often."""

ANNOUNCE_SECONDS: Final = 5.0
ANNOUNCED_AT_ONCE: Final = 100


class Documents:
    """The texts in one process. `limit` is the maximum length of a text, in code points."""

    def __init__(self, context: ActionContext, usage: Usage, limit: int, limits: Limits = NO_LIMITS) -> None:
        self.context: Final = context
        self.usage: Final = usage
        self.texts: Final = Texts()
        self.limit: Final = limit
        self.limits: Final = limits
        self.quota: Final = StorageQuota(usage)
        self._work: Final = Work(context, self.texts, limit, self.quota, limits)
        self._held = 0
        self.tally: Final = WriterTally()
        self._writers: Final[WeakValueDictionary[UUID, Writer[Edit, AcceptedEdit]]] = WeakValueDictionary()

    @property
    def waiting(self) -> int:
        """The number of edits that are not yet being stored."""
        return sum(writer.waiting for writer in self._writers.values())

    async def edit(self, document_id: UUID, edit: Edit) -> AcceptedEdit:
        """Change a text; returns after the commit.

        Raises NOT_FOUND, UNKNOWN_PARENTS, DOCUMENT_TOO_LARGE, EDIT_IMPOSSIBLE, and what `check_edits` raises.
        """
        writer = self._writers.get(document_id)
        if writer is None:
            write = partial(storing.store, self._work, document_id)
            writer = self._writers[document_id] = Writer(write, _weight, tally=self.tally)
        return await writer.submit(edit)

    @asynccontextmanager
    async def held(self, edit: Edit) -> AsyncIterator[None]:
        """Hold an edit that arrived before its parents; UNKNOWN_PARENTS if too much is held already."""
        weight = _weight(edit)
        if self._held + weight > HELD_LIMIT:
            raise CoterieError(errors.UNKNOWN_PARENTS, retry_after=1)
        self._held += weight
        try:
            yield
        finally:
            self._held -= weight

    async def text(self, document_id: UUID) -> tuple[Transition, bytes]:
        """The newest text in UTF-8, and its name."""
        async with self.texts.at_hand(document_id) as text:
            await text.catch_up(self.context.database)
            transition = await text.transition(self.context.database, [], deltas.NOTHING, text.position)
            return transition, await text.encoded()

    async def transition(self, document_id: UUID, parents: list[str], peer: str | None) -> Transition | None:
        """The way from the text with these names to the newest one; None if a name is unknown.

        `peer` is the caller's. Raises EDIT_IMPOSSIBLE if the names do not name a text, and ThinnedError.
        """
        database = self.context.database
        async with self.texts.at_hand(document_id) as text:
            await text.catch_up(database)
            state = await states.find(database, document_id, parents, text.position)
            if state is not None and not isinstance(state, CoterieError):
                transition = await text.transition(database, parents, state.bridge, state.position)
                return replace(transition, own=await self._own_transition(text, peer, state.position))
        if state is not None:
            raise state
        return None

    async def _own_transition(self, text: Text, peer: str | None, after: int) -> Transition | None:
        """The way from the newest edit that a peer made after a position."""
        if peer is None or after == text.position:
            return None
        database = self.context.database
        own = await edit_queries.newest_of_peer(database, text.document_id, peer, after, text.position)
        if own is None or own.is_thinned:
            return None
        return await text.transition(database, [str(own.id)], own.bridge, own.position)

    async def close(self) -> None:
        """Wait until all submitted edits are stored."""
        await asyncio.gather(*(writer.close() for writer in list(self._writers.values())))
        self.texts.background.close()

    async def announce(self) -> None:
        """Notify the channels of documents that were edited, at most once in each ANNOUNCE_INTERVAL."""
        before = datetime.now(UTC) - ANNOUNCE_INTERVAL
        for document_id in await queries.unannounced(self.context.database, before, ANNOUNCED_AT_ONCE):
            await _announce(self.context, document_id)


async def create(documents: Documents, channel_id: UUID, user_id: UUID, creation: DocumentCreation) -> Document:
    """Create a document. Its initial text is its first edit."""
    if creation.text is not None and len(creation.text) > documents.limit:
        raise CoterieError(DOCUMENT_TOO_LARGE, f"A document can have at most {documents.limit} characters.")
    database = documents.context.database
    async with (
        documents.texts.background.turn(user_id),  # before a connection, so that nobody waits while holding one
        database.acquire() as connection,
        connection.transaction(),
    ):
        authority = await access.place(documents.context.permissions, connection, channel_id, user_id)
        check_names(authority, creation.title)
        if creation.text:
            await screen_lines(documents.limits, documents.texts.background, authority, creation.text)
        if (await queries.count(connection, channel_id)).active >= DOCUMENT_LIMIT:
            raise CoterieError(TOO_MANY_DOCUMENTS)
        await _count(documents.usage, connection, user_id)
        document = _begun(authority.place.server_id if authority.place else None, channel_id, user_id, creation.title)
        await queries.insert(connection, document, versions.beginning(document.id))
        if creation.text:
            await documents.quota.take(connection, user_id, len(creation.text.encode()))
            await storing.begin(connection, document, creation.text)
            document = msgspec.structs.replace(document, length=len(creation.text))
        await append(connection, changes.made(document))
        return document


async def edit(context: ActionContext, document_id: UUID, user_id: UUID, change: DocumentChange) -> Document:
    """Rename a document, pin or unpin it, archive or unarchive it."""
    given = patch.provided(change)
    if not given:
        raise CoterieError(errors.INVALID, "Give at least one of title, is_pinned and is_archived.")
    async with context.database.acquire() as connection, connection.transaction():
        found = await access.locked(context.permissions, connection, document_id, user_id)
        found.check_manages()
        document = patch.apply(found.document, change)
        if document.title != found.document.title:
            check_names(found.authority, document.title)
        if document.is_archived != found.document.is_archived:
            document = _archived(document, datetime.now(UTC))
        await _check_counts(connection, found.document, document)
        await queries.update(connection, document)
        await queries.set_announced(connection, document_id, datetime.now(UTC))
        await append(connection, changes.changed(document))
        return document


async def revert(documents: Documents, document_id: UUID, user_id: UUID, version: Sequence[str]) -> Document:
    """Restore the text of a version by a new edit of the caller's."""
    database, permissions = documents.context.database, documents.context.permissions
    found = await access.visible(permissions, database, document_id, user_id)
    found.check_manages()
    found.check_edits()
    wanted = (await history.text_at(database, document_id, version, documents.texts.background)).text
    transition, text = await documents.text(document_id)
    compare = partial(_differences, text, wanted)
    patches = await documents.texts.background.run(compare, len(text) + len(wanted))
    if patches:
        edit = Edit(user_id, EditId(token_hex(8), 0), transition.frontier, patches, is_named=False)
        await documents.edit(document_id, edit)
    return (await access.visible(permissions, database, document_id, user_id)).document


async def delete(context: ActionContext, document_id: UUID, user_id: UUID) -> None:
    """Delete a document with its history."""
    async with context.database.acquire() as connection, connection.transaction():
        found = await access.locked(context.permissions, connection, document_id, user_id)
        found.check_removes()
        await append(connection, changes.gone(found.document))
        await queries.delete(connection, document_id)


async def _announce(context: ActionContext, document_id: UUID) -> None:
    async with context.database.acquire() as connection, connection.transaction():
        before = await queries.document(connection, document_id)
        if before is None:
            return
        await lock(connection, {changes.home(before), document_id})
        document = await queries.document(connection, document_id)
        if document is not None and await queries.is_unannounced(connection, document_id):
            await queries.set_announced(connection, document_id, datetime.now(UTC))
            await append(connection, changes.changed(document))


async def _count(usage: Usage, connection: Connection, user_id: UUID) -> None:
    """Count a document that the user created; raises USAGE_LIMIT_EXCEEDED if it exceeds their limit."""
    period, limit = usage.period, usage.limit(user_id, "documents_created")
    used = (await metering.locked_counts(connection, [user_id], "documents_created", period))[user_id]
    if limit is not None and used >= limit:
        raise exceeded("documents_created", limit, period)
    await metering.add(connection, "documents_created", period, {user_id: 1})


async def _check_counts(connection: Connection, before: Document, after: Document) -> None:
    """Raises TOO_MANY_DOCUMENTS or TOO_MANY_PINNED_DOCUMENTS if a change exceeds these limits."""
    count = await queries.count(connection, before.channel_id)
    if _is_on_top(after) and not _is_on_top(before) and count.pinned >= PINNED_LIMIT:
        raise CoterieError(TOO_MANY_PINNED_DOCUMENTS)
    is_moving = after.is_archived != before.is_archived
    there, limit = (count.archived, ARCHIVED_LIMIT) if after.is_archived else (count.active, DOCUMENT_LIMIT)
    if is_moving and there >= limit:
        raise CoterieError(TOO_MANY_DOCUMENTS)


def _is_on_top(document: Document) -> bool:
    """An archived document keeps its pin for when it is unarchived, but does not count as pinned."""
    return document.is_pinned and not document.is_archived


def _begun(server_id: UUID | None, channel_id: UUID, user_id: UUID, title: str) -> Document:
    now = datetime.now(UTC)
    return Document(
        id=new_id(),
        channel_id=channel_id,
        server_id=server_id,
        title=title,
        created_by=user_id,
        created_at=now,
        updated_by=user_id,
        updated_at=now,
        is_pinned=False,
        is_archived=False,
        archived_at=None,
        length=0,
    )


def _archived(document: Document, now: datetime) -> Document:
    return msgspec.structs.replace(document, archived_at=now if document.is_archived else None)


def _differences(text: bytes, wanted: str) -> list[Patch]:
    return differences(text.decode(), wanted)


def _weight(edit: Edit) -> int:
    return 200 + sum(len(patch.content) for patch in edit.patches)
