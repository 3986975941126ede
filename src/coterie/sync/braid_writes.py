"""Writing over Braid: PUT creates or edits a message, DELETE leaves its tombstone.

A write is answered after its commit. Its key is the message's id and the client's own `Version`: repeating the same
write succeeds and changes nothing; the same key with different content is refused. A write waits a moment for Parents
that have not arrived yet, since one client's requests often overtake each other.
"""

import asyncio
import re
from dataclasses import dataclass, replace
from typing import Final, Literal
from uuid import UUID

import msgspec

from coterie import errors
from coterie.errors import CoterieError
from coterie.http.answering import decode
from coterie.http.bodies import WRITE_BYTES
from coterie.log import versions
from coterie.log.event import Event
from coterie.log.versions import ClientVersion
from coterie.messages import access, history, operations
from coterie.messages import actions as messages
from coterie.messages.author import UserAuthor
from coterie.messages.changing.request import ChangeRequest, MessagePlace, digest_of
from coterie.messages.models import Content, Message, MessageKind
from coterie.messages.operations import Operation
from coterie.messages.sending.drafts import Put
from coterie.permissions.bits import Permission
from coterie.services.making import Services
from coterie.sync import addresses, braid_wire, collections, queries
from coterie.sync.addresses import Target
from coterie.sync.braid_wire import version_header
from coterie.sync.collections import Collection
from coterie.sync.exchange import Exchange
from coterie.sync.opening import least_position, name_of, positions_of
from coterie.viewer import Viewer

PARENTS_SECONDS: Final = 3.0
"""How long a write waits for its Parents."""

REUSED: Final = "This message id or Version was already used for something else."


class MessageValue(msgspec.Struct, frozen=True):
    """What a client may set in a message; a whole value as the client read it is accepted too."""

    content: Content
    reply_to: UUID | None = None
    thread_id: UUID | None = None
    message_type: Literal["text"] | MessageKind | None = None

    @property
    def kind(self) -> MessageKind | None:
        """The kind of a new message. An existing message keeps its kind."""
        return None if self.message_type == "text" else self.message_type


@dataclass(frozen=True, slots=True)
class MessageWrite:
    """One requested write; without content it is a deletion. `had` is what the author had, as far as that is known."""

    message_id: UUID
    value: MessageValue | None
    version: str | None
    had: int | None = None


class Waker:
    """Wakes a task that waits for a topic to advance."""

    def __init__(self) -> None:
        self.moved: Final = asyncio.Event()

    def deliver(self, event: Event) -> None:
        self.moved.set()


async def answer(services: Services, exchange: Exchange, viewer: Viewer, target: Target) -> None:
    """Carry out a PUT or DELETE."""
    collection = await collections.find(services, viewer, target)
    write = await _read(exchange, target, collection)
    parents = braid_wire.read_versions(exchange.headers.get("parents", ""))
    await _wait_for_parents(services, exchange, collection, parents)
    if write.version is not None and "parents" in exchange.headers:
        write = replace(write, had=await _had(services, collection, parents))
    if write.value is None:
        message = await _delete(services, exchange, viewer, target, write)
    else:
        message = await _put(services, exchange, viewer, target, write, write.value)
    version = await _name(services, collection, viewer, write, message)
    body = {"success": True, "message_id": write.message_id, "version": version, "error": None}
    headers = {"Version": version_header([version]), "Cache-Control": "no-store"}
    await exchange.answer(200, headers, msgspec.json.encode(body))


async def _read(exchange: Exchange, target: Target, collection: Collection) -> MessageWrite:
    version = _own_version(exchange.headers.get("version", ""), collection)
    body = await exchange.body(WRITE_BYTES)
    if target.message_id is not None:
        if "content-range" in exchange.headers or "patches" in exchange.headers:
            raise CoterieError(errors.INVALID, "Write the message as a whole: leave out Content-Range and Patches.")
        message_id = target.message_id
    else:
        message_id, body = _patched(exchange, body)
    is_deletion = exchange.method == "DELETE" or (target.message_id is None and not body)
    return MessageWrite(message_id, None if is_deletion else _value(body), version)


def _own_version(header: str, collection: Collection) -> str | None:
    """The client's own version id for its write."""
    given = braid_wire.read_versions(header)
    if not given:
        return None
    if len(given) > 1 or not braid_wire.is_version(given[0]) or collection.position(given[0]) is not None:
        raise CoterieError(
            errors.INVALID,
            f"Version must be one id of your choice, of at most {braid_wire.VERSION_LIMIT} printable ASCII characters.",
        )
    return given[0]


def _patched(exchange: Exchange, body: bytes) -> tuple[UUID, bytes]:
    """The key to write in the collection, and its new value."""
    content_range = exchange.headers.get("content-range")
    if exchange.method == "PUT" and (patches := exchange.headers.get("patches")) is not None:
        if patches.strip() != "1":
            raise CoterieError(errors.INVALID, "Patches: write one message with each request.")
        content_range, body = braid_wire.read_patch(body)
    if content_range is None:
        raise CoterieError(errors.INVALID, 'Name the message with Content-Range: json ["<message id>"]')
    key = braid_wire.read_key(content_range)
    if not re.fullmatch(addresses.ID, key):
        raise CoterieError(errors.INVALID, "The key of a message must be its id, a UUID.")
    return UUID(key), body


def _value(body: bytes) -> MessageValue:
    value: MessageValue = decode(body, MessageValue)
    return value


async def _wait_for_parents(services: Services, exchange: Exchange, collection: Collection, parents: list[str]) -> None:
    """Return when every parent is known. Raises UNKNOWN_PARENTS if any does not arrive in time.

    Meanwhile the write takes no turn of its account: its parent may be waiting for that.
    """
    if not parents or await _are_known(services, collection, parents):
        return
    exchange.release_turns()
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


async def _had(services: Services, collection: Collection, parents: list[str]) -> int:
    """The position up to which the author had everything, by the Parents of the write."""
    state = (await queries.states(services.database, [collection.topic])).get(collection.topic)
    if state is None:
        raise CoterieError(errors.NOT_FOUND)
    had = await least_position(services.database, collection, parents, state)
    return versions.NOTHING if had is None else had


async def _are_known(services: Services, collection: Collection, parents: list[str]) -> bool:
    known = await positions_of(services.database, collection, parents)
    if any(name not in known for name in parents):
        return False
    row = (await services.log.topic_rows([collection.topic])).get(collection.topic)
    return row is not None and max(known.values()) <= row.position


async def _put(
    services: Services, exchange: Exchange, viewer: Viewer, target: Target, write: MessageWrite, value: MessageValue
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
            write.had,
        )
        return await messages.put(services.messages, put)
    except CoterieError as error:
        if error.entry is errors.NONCE_REUSED:
            raise CoterieError(errors.NONCE_REUSED, REUSED) from None
        raise


async def _edit_if(
    services: Services, viewer: Viewer, target: Target, write: MessageWrite, content: str, condition: str
) -> Message:
    """Edit the message if it is still a version that If-Match names; checked while its channel is locked."""
    await history.get(services.messages, MessagePlace(target.id, write.message_id), viewer.user_id)
    named = None
    if condition.strip() != "*":
        collection = await collections.find(services, viewer, target)
        named = await positions_of(services.database, collection, braid_wire.read_versions(condition))
    operation = operations.edit(content) if named is None else operations.edit_if(content, set(named.values()))
    return await messages.rewrite(services.messages, _request(viewer, write, operation, content))


async def _delete(
    services: Services, exchange: Exchange, viewer: Viewer, target: Target, write: MessageWrite
) -> Message:
    """Leave a tombstone; one that is already there is a success too."""
    if "if-match" in exchange.headers:
        raise CoterieError(errors.INVALID, "If-Match: not supported when deleting a message.")
    message = await history.get(services.messages, MessagePlace(target.id, write.message_id), viewer.user_id)
    if message.deleted:
        return message
    try:
        return await messages.change(services.messages, _request(viewer, write, operations.delete(), ""))
    except CoterieError as error:
        message = await access.visible(services.permissions, services.database, write.message_id, viewer.user_id)
        if error.entry is errors.NOT_FOUND and message.deleted:
            return message
        raise


def _request(viewer: Viewer, write: MessageWrite, operation: Operation, content: str) -> ChangeRequest:
    digest = digest_of(write.message_id, content) if write.version else b""
    author = UserAuthor(viewer.user_id)
    return ChangeRequest(write.message_id, author, operation, write.version, digest, had=write.had)


async def _may_name(services: Services, collection: Collection, viewer: Viewer) -> bool:
    authority = await services.permissions.in_channel(services.database, collection.topic, viewer.user_id)
    return authority.may(Permission.SEND_MESSAGES)


async def _name(
    services: Services, collection: Collection, viewer: Viewer, write: MessageWrite, message: Message
) -> str:
    """The version id for the answer: the client's own, also for a write that changed nothing, else the message's.

    A caller who may only read gives no names: it would take them from those who may write.
    """
    if write.version is not None and await _may_name(services, collection, viewer):
        unnamed_for = None if write.had is None else viewer.user_id
        alias = ClientVersion(collection.topic, write.version, message.version, b"", unnamed_for, write.had)
        await versions.remember(services.database, alias)
        return write.version
    return await name_of(services.database, collection, message.version)
