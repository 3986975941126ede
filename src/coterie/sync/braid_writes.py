"""Writing over Braid: PUT creates or edits a message, DELETE leaves its tombstone.

A write is answered after its commit. Its key is the message's id and the client's own `Version`: the same write again
is a success that changes nothing, the same key with another content is refused. Parents that have not arrived yet are
waited for a moment, since two requests of one client overtake each other as a matter of course.
"""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from coterie import errors
from coterie.accounts.models import Viewer
from coterie.errors import CoterieError
from coterie.log import versions
from coterie.log.event import Event
from coterie.messages import access, deeds
from coterie.messages import actions as messages
from coterie.messages.actions import Put
from coterie.messages.changes import ChangeRequest, digest_of
from coterie.messages.deeds import Decision, Deed
from coterie.messages.models import Content, Kind, Message
from coterie.messages.queries import Candidate
from coterie.permissions.rights import Seen
from coterie.services import Services
from coterie.sync import braid_wire, collections, queries
from coterie.sync.braid_wire import version_header
from coterie.sync.collections import Collection, Target
from coterie.sync.cursor import least_position, name_of, positions_of
from coterie.sync.exchange import Exchange
from coterie.web import decode

BODY_LIMIT: Final = 256 * 1024
PARENTS_SECONDS: Final = 3.0
"""How long a write waits for the Parents that it names."""

REUSED: Final = "This message id or Version was already used for something else."


class MessageValue(msgspec.Struct, frozen=True):
    """What a client may set of a message; a whole value as it was read is taken as well."""

    content: Content
    reply_to: UUID | None = None
    thread_id: UUID | None = None
    message_type: Literal["text"] | Kind | None = None

    @property
    def kind(self) -> Kind | None:
        """What is made under this id. What is there already stays what it is."""
        return None if self.message_type == "text" else self.message_type


@dataclass(frozen=True, slots=True)
class Write:
    """One write as it was asked for; without content it is a deletion."""

    message_id: UUID
    value: MessageValue | None
    version: str | None


class Waker:
    """Wakes whoever waits for a topic to move on."""

    def __init__(self) -> None:
        self.moved: Final = asyncio.Event()

    def deliver(self, event: Event) -> None:
        self.moved.set()


async def answer(services: Services, exchange: Exchange, viewer: Viewer, target: Target) -> None:
    """Carry out a PUT or DELETE."""
    services.limits.action("messages", viewer.user_id)
    collection = await collections.find(services, viewer, target)
    write = await _read(exchange, target, collection)
    parents = braid_wire.read_versions(exchange.headers.get("parents", ""))
    await _wait_for_parents(services, collection, parents)
    if write.version is not None:
        await _note_parents(services, collection, viewer, write.version, parents)
    if write.value is None:
        message = await _delete(services, exchange, viewer, target, write)
    else:
        message = await _put(services, exchange, viewer, target, write, write.value)
    version = await _name(services, collection, write, message)
    body = {"success": True, "message_id": write.message_id, "version": version, "error": None}
    headers = {"Version": version_header([version]), "Cache-Control": "no-store"}
    await exchange.answer(200, headers, msgspec.json.encode(body))


async def _read(exchange: Exchange, target: Target, collection: Collection) -> Write:
    version = _own_version(exchange.headers.get("version", ""), collection)
    body = await exchange.body(BODY_LIMIT)
    if target.message_id is not None:
        if "content-range" in exchange.headers or "patches" in exchange.headers:
            raise CoterieError(errors.INVALID, "A message is written as a whole: leave out Content-Range and Patches.")
        message_id = target.message_id
    else:
        message_id, body = _patched(exchange, body)
    is_deletion = exchange.method == "DELETE" or (target.message_id is None and not body)
    return Write(message_id, None if is_deletion else _value(body), version)


def _own_version(header: str, collection: Collection) -> str | None:
    """The client's own name for its write."""
    given = braid_wire.read_versions(header)
    if not given:
        return None
    if len(given) > 1 or not braid_wire.is_version(given[0]) or collection.position(given[0]) is not None:
        raise CoterieError(
            errors.INVALID,
            f"Version is one id of your own, of at most {braid_wire.VERSION_LIMIT} printable ASCII characters.",
        )
    return given[0]


def _patched(exchange: Exchange, body: bytes) -> tuple[UUID, bytes]:
    """Which key of the collection is written, and its new value."""
    content_range = exchange.headers.get("content-range")
    if exchange.method == "PUT" and (patches := exchange.headers.get("patches")) is not None:
        if patches.strip() != "1":
            raise CoterieError(errors.INVALID, "Patches: one request writes one message.")
        content_range, body = braid_wire.read_patch(body)
    if content_range is None:
        raise CoterieError(errors.INVALID, 'Name the message with Content-Range: json ["<message id>"]')
    key = braid_wire.read_key(content_range)
    if not re.fullmatch(collections.ID, key):
        raise CoterieError(errors.INVALID, "The key of a message is its id, a UUID.")
    return UUID(key), body


def _value(body: bytes) -> MessageValue:
    value: MessageValue = decode(body, MessageValue)
    return value


async def _wait_for_parents(services: Services, collection: Collection, parents: list[str]) -> None:
    """Return when every parent is known; UNKNOWN_PARENTS if one does not come."""
    if not parents or await _are_known(services, collection, parents):
        return
    waker = Waker()
    await services.hub.subscribe(waker, [collection.topic])
    try:
        async with asyncio.timeout(PARENTS_SECONDS):
            while not await _are_known(services, collection, parents):
                await waker.moved.wait()
                waker.moved.clear()
    except TimeoutError:
        raise CoterieError(errors.UNKNOWN_PARENTS, retry_after=1) from None
    finally:
        services.hub.unsubscribe(waker, [collection.topic])


async def _note_parents(
    services: Services, collection: Collection, viewer: Viewer, version: str, parents: list[str]
) -> None:
    """Keep what the author has, so that they can resume from their own write; without Parents nothing is certain."""
    standing = (await queries.standings(services.database, [collection.topic])).get(collection.topic)
    if standing is None:
        raise CoterieError(errors.NOT_FOUND)
    had = await least_position(services.database, collection, viewer.user_id, parents, standing)
    await versions.note_parents(services.database, collection.topic, version, viewer.user_id, had)


async def _are_known(services: Services, collection: Collection, parents: list[str]) -> bool:
    known = await positions_of(services.database, collection, parents)
    if any(name not in known for name in parents):
        return False
    place = (await services.log.places([collection.topic])).get(collection.topic)
    return place is not None and max(known.values()) <= place.position


async def _put(
    services: Services, exchange: Exchange, viewer: Viewer, target: Target, write: Write, value: MessageValue
) -> Message:
    try:
        if (condition := exchange.headers.get("if-match")) is not None:
            return await _edit_if(services, viewer, target, write, value.content, condition)
        put = Put(
            target.id,
            viewer.user_id,
            write.message_id,
            value.content,
            value.reply_to,
            write.version,
            value.thread_id,
            value.kind,
        )
        return await messages.put(services.messages, put)
    except CoterieError as error:
        if error.entry is errors.NONCE_REUSED:
            raise CoterieError(errors.NONCE_REUSED, REUSED) from None
        raise


async def _edit_if(
    services: Services, viewer: Viewer, target: Target, write: Write, content: str, condition: str
) -> Message:
    """Edit the message if it still is a version that If-Match names; decided where nothing can come between."""
    await messages.get(services.messages, target.id, write.message_id, viewer.user_id)
    named = None
    if condition.strip() != "*":
        collection = await collections.find(services, viewer, target)
        named = await positions_of(services.database, collection, braid_wire.read_versions(condition))
    deed = deeds.edit(content) if named is None else _edit_of(content, set(named.values()))
    return await _change(services, viewer, write, deed, content)


def _edit_of(content: str, positions: set[int]) -> Deed:
    edit = deeds.edit(content)

    def decide(candidate: Candidate, seen: Seen, now: datetime, is_retry: bool) -> Decision:
        is_done = is_retry and candidate.message.content == content
        if candidate.message.version not in positions and not is_done:
            return CoterieError(errors.CHANGED_SINCE)
        return edit(candidate, seen, now, is_retry)

    return decide


async def _delete(services: Services, exchange: Exchange, viewer: Viewer, target: Target, write: Write) -> Message:
    """Leave a tombstone; one that is there already is as good."""
    if "if-match" in exchange.headers:
        raise CoterieError(errors.INVALID, "If-Match: a deletion takes the message as it is.")
    message = await messages.get(services.messages, target.id, write.message_id, viewer.user_id)
    if message.deleted:
        return message
    try:
        return await _change(services, viewer, write, deeds.delete(), "")
    except CoterieError as error:
        message = await access.visible(services.rights, services.database, write.message_id, viewer.user_id)
        if error.entry is errors.NOT_FOUND and message.deleted:
            return message
        raise


async def _change(services: Services, viewer: Viewer, write: Write, deed: Deed, content: str) -> Message:
    digest = digest_of(write.message_id, content) if write.version else b""
    request = ChangeRequest(write.message_id, viewer.user_id, deed, write.version, digest)
    return await services.messages.changing.submit(request)


async def _name(services: Services, collection: Collection, write: Write, message: Message) -> str:
    """The version that the answer names: the client's own if it stands for a change, else the message's."""
    if write.version and await versions.position_of(services.database, collection.topic, write.version) is not None:
        return write.version
    return await name_of(services.database, collection, message.version)
