"""Writes to the texts of shared documents over Braid: reads an edit, counts what it costs, and stores it."""

import asyncio
from functools import partial
from math import ceil
from secrets import token_hex
from typing import Final
from uuid import UUID

import msgspec

from coterie import errors
from coterie.documents import access, versions
from coterie.documents.deltas import Patch
from coterie.documents.limits import EDIT_BYTES, EDITS
from coterie.documents.models import Document
from coterie.documents.storing import DIGESTED_LIMIT, AcceptedEdit, Edit
from coterie.documents.versions import EditId
from coterie.errors import CoterieError
from coterie.http.bodies import text_limit
from coterie.services.making import Services
from coterie.sync import braid_wire, text_operations, text_wire
from coterie.sync.braid_wire import version_header
from coterie.sync.braid_writes import PARENTS_SECONDS, Waker
from coterie.sync.exchange import Exchange
from coterie.sync.text_stream import check_own, peer_of
from coterie.viewer import Viewer

MERGE_TYPE: Final = "simpleton"

NO_VERSION: Final = (
    f"Version must be agent-number, with an agent of at most {versions.AGENT_LIMIT} printable ASCII characters."
)

DIGEST_CODE_POINTS: Final = 16_384
"""A text of this length is hashed in the time that a hundred operations take, and counts as one more edit."""

OPERATION_BYTES: Final = 40
"""The least bytes of an operation or patch in the body of an edit."""


async def put(services: Services, exchange: Exchange, viewer: Viewer, document_id: UUID) -> None:
    """Change the text; answered after the commit. Anyone who may not is refused before their body is read."""
    services.limits.action(EDITS, viewer.user_id)
    found = await access.visible(services.permissions, services.database, document_id, viewer.user_id)
    found.check_edits()
    body = await exchange.body(text_limit(services.documents.limit))
    services.limits.action(EDIT_BYTES, viewer.user_id, len(body))
    services.limits.action(EDITS, viewer.user_id, _digest_cost(exchange, found.document))
    async with services.documents.texts.background.turn(viewer.user_id):
        edit = await _read(services, exchange, viewer, body)
    accepted = await _edit_in_time(services, exchange, document_id, edit)
    headers = {"Version": version_header(accepted.frontier), "Merge-Type": MERGE_TYPE, "Cache-Control": "no-store"}
    content = {"success": True, "version": accepted.frontier, "position": accepted.position}
    await exchange.answer(200, headers, msgspec.json.encode(content))


def _digest_cost(exchange: Exchange, document: Document) -> int:
    """How many more edits one with a digest counts as; it is ignored for a long text."""
    if "repr-digest" not in exchange.headers or document.length > DIGESTED_LIMIT:
        return 0
    return ceil(document.length / DIGEST_CODE_POINTS)


async def _edit_in_time(services: Services, exchange: Exchange, document_id: UUID, edit: Edit) -> AcceptedEdit:
    """Store an edit. One that overtook the edit before it waits a moment, since both are on their way.

    Meanwhile it takes no turn of its account: the other one may be waiting for that.
    """
    accepted = await _unless_too_early(services, document_id, edit)
    if accepted is not None:
        return accepted
    exchange.release_turns()
    waker = Waker()
    await services.hub.subscribe(waker, [document_id])
    try:
        async with services.documents.held(edit), asyncio.timeout(PARENTS_SECONDS):
            while (accepted := await _unless_too_early(services, document_id, edit)) is None:
                await waker.moved.wait()
                waker.moved.clear()
            return accepted
    except TimeoutError:
        raise CoterieError(errors.UNKNOWN_PARENTS, retry_after=1) from None
    finally:
        services.hub.unsubscribe(waker, [document_id])


async def _unless_too_early(services: Services, document_id: UUID, edit: Edit) -> AcceptedEdit | None:
    """Store an edit; None if its Parents are not known yet."""
    try:
        return await services.documents.edit(document_id, edit)
    except CoterieError as error:
        if error.entry is not errors.UNKNOWN_PARENTS:
            raise
        return None


async def _read(services: Services, exchange: Exchange, viewer: Viewer, body: bytes) -> Edit:
    """The edit in a request. Each hundred patches or operations are counted as one more edit."""
    background, size = services.documents.texts.background, len(body) // OPERATION_BYTES
    if not text_operations.are_sent(exchange):
        patches = await background.run(partial(text_wire.read_patches, exchange.headers, body), size)
        services.limits.action(EDITS, viewer.user_id, len(patches) // 100)
        return _edit_of(exchange, viewer, patches)
    operations = await background.run(partial(text_operations.read, body), size)
    services.limits.action(EDITS, viewer.user_id, len(operations) // 100)
    patches = await background.run(partial(text_operations.together, operations), len(operations))
    return Edit(viewer.user_id, EditId(token_hex(8), 0), None, patches, is_named=False)


def _edit_of(exchange: Exchange, viewer: Viewer, patches: list[Patch]) -> Edit:
    headers = exchange.headers
    parents = headers.get("parents")
    id = _own_version(headers.get("version", ""))
    agent = id.agent if id else None
    peer = peer_of(exchange) or agent
    for name in filter(None, (peer, agent)):
        check_own(name, viewer.user_id)
    return Edit(
        user_id=viewer.user_id,
        id=id or EditId(token_hex(8), 0),
        parents=None if parents is None else braid_wire.read_versions(parents),
        patches=patches,
        peer=peer,
        digest=text_wire.read_digest(headers.get("repr-digest")),
        is_named=id is not None,
    )


def _own_version(header: str) -> EditId | None:
    """The client's own version id for its edit."""
    given = braid_wire.read_versions(header)
    if not given:
        return None
    id = versions.read(given[0])
    if len(given) > 1 or id is None or id.seq < 0:
        raise CoterieError(errors.EDIT_IMPOSSIBLE, NO_VERSION)
    return id
