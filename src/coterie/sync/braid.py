"""Braid-HTTP under /sync: every topic as a keyed collection that clients can fetch, follow and resume.

GET answers the object. With `Subscribe` it answers a 209 that does not end: the object as a snapshot, or with `Parents`
only what came after, then one patch for each change. docs/protocol/braid.md is the contract. The same addresses also
serve server-sent events (see event_stream).
"""

from dataclasses import dataclass, replace
from typing import Final

import msgspec

from coterie import errors
from coterie.conversations.queries import people
from coterie.errors import CoterieError
from coterie.http.asgi import Receive, Scope, Send
from coterie.log.event import Event
from coterie.messages import history
from coterie.messages.changing.request import MessagePlace
from coterie.messages.models import Message
from coterie.messages.parts import with_parts
from coterie.messages.receipts import Receipt
from coterie.services.making import Services
from coterie.sync import addresses, braid_wire, braid_writes, collections, event_stream, text
from coterie.sync.addresses import Target
from coterie.sync.braid_wire import version_header
from coterie.sync.endless_response import CollectionStream, Sent, StreamForm
from coterie.sync.exchange import Exchange, Headers
from coterie.sync.opening import Opening, name_of, reading, snapshot
from coterie.viewer import Viewer

ALLOWED: Final = "GET, HEAD, PUT, DELETE, OPTIONS"
VARY: Final = {"Vary": "Accept, Version, Parents, Subscribe"}


@dataclass(frozen=True, slots=True)
class Braid:
    """Braid's own format of a stream. `subscribe` is the request's header, which the answer repeats."""

    subscribe: str | None
    seconds: float
    name: str = "braid"
    status: int = 209
    first: bytes = braid_wire.HEARTBEAT
    sign_of_life: bytes = braid_wire.HEARTBEAT

    def head(self, opening: Opening) -> Headers:
        echo = {} if self.subscribe is None else {"Subscribe": self.subscribe, "Heartbeats": f"{self.seconds:g}s"}
        return {
            **echo,
            "Current-Version": version_header([opening.current]),
            "Content-Type": "application/http-history",
            "Repr-Type": "application/json",
            **VARY,
        }

    def snapshot(self, opening: Opening, content: bytes) -> bytes:
        return braid_wire.snapshot(opening.version, content)

    def update(self, event: Event, version: str, parent: str) -> bytes:
        return braid_wire.patch(version, parent, event.key, b"" if event.is_removal else event.data.encode())


async def sync(services: Services, exchange: Exchange) -> None:
    """Serve one request to /sync."""
    await _answer(services, exchange)


async def refuse_multiplexer(services: Services, scope: Scope, receive: Receive, send: Send) -> None:
    """Say that streams are not multiplexed here, so that a client opens a connection for each."""
    sentence = "Streams can't be multiplexed here. Open a connection for each one, or use HTTP/2."
    await Exchange(services, scope, receive, send).fail(CoterieError(errors.NOT_FOUND, sentence))


async def _answer(services: Services, exchange: Exchange) -> None:
    if exchange.method == "OPTIONS":
        allowed = ALLOWED if text.document_of(exchange.path) is None else text.ALLOWED
        await exchange.answer(204, {"Allow": allowed, "Accept-Subscribe": "true"})
        return
    viewer = await exchange.viewer(services)
    if (document_id := text.document_of(exchange.path)) is not None:
        await text.answer(services, exchange, viewer, document_id)
        return
    target = addresses.target(exchange.path, exchange.query.get("limit"), viewer)
    if exchange.method in ("PUT", "DELETE") and target.kind in ("channel", "conversation"):
        await braid_writes.answer(services, exchange, viewer, target)
    elif exchange.method not in ("GET", "HEAD"):
        raise CoterieError(errors.METHOD_NOT_ALLOWED)
    elif target.message_id is not None:
        await _answer_message(services, exchange, viewer, target)
    elif exchange.method == "GET" and (form := event_stream.asked_for(exchange, target)):
        if isinstance(form, event_stream.MessengerEvents):
            form = replace(form, people=await people(services.database, [target.id]))
        await _follow(services, exchange, viewer, target, form, event_stream.parents(exchange))
    else:
        await _answer_collection(services, exchange, viewer, target)


async def _answer_collection(services: Services, exchange: Exchange, viewer: Viewer, target: Target) -> None:
    headers = exchange.headers
    if "merge-type" in headers:
        raise CoterieError(
            errors.INVALID, "Merge-Type: not supported by these collections, where the last write of a key wins."
        )
    parents = braid_wire.read_versions(headers.get("parents", ""))
    if exchange.method == "GET" and ("subscribe" in headers or parents):
        if "subscribe" in headers and "version" in headers:
            raise CoterieError(errors.INVALID, "Use Subscribe with Parents, not with Version.")
        form = Braid(braid_wire.echo(headers.get("subscribe")), braid_wire.heartbeat_seconds(headers.get("heartbeats")))
        await _follow(services, exchange, viewer, target, form, parents)
        return
    opening = await snapshot(services, viewer, target)
    await _answer_value(exchange, opening.current, opening.content or b"")


async def _answer_message(services: Services, exchange: Exchange, viewer: Viewer, target: Target) -> None:
    """One value of a collection. Clients cannot subscribe to it alone, only to its collection."""
    assert target.message_id is not None, "the address names it"
    if "subscribe" in exchange.headers:
        raise CoterieError(
            errors.INVALID, "You can't subscribe to a single message. Subscribe to the collection of messages."
        )
    collection = await collections.find(services, viewer, target)
    message = await history.get(services.messages, MessagePlace(target.id, target.message_id), viewer.user_id)
    [shared] = await with_parts(services.database, [message], None)
    version = await name_of(services.database, collection, message.version)
    await _answer_value(exchange, version, msgspec.json.encode(shared))


async def _answer_value(exchange: Exchange, version: str, content: bytes) -> None:
    named = version_header([version])
    headers = {"Current-Version": named, "ETag": named, "Accept-Subscribe": "true", "Cache-Control": "no-cache", **VARY}
    asked = braid_wire.read_versions(exchange.headers.get("version", ""))
    if not asked or asked == [version]:  # else it is not the requested version
        headers["Version"] = named
    if named in exchange.headers.get("if-none-match", ""):
        await exchange.answer(304, headers)
    else:
        await exchange.answer(200, headers, content)


async def _follow(
    services: Services, exchange: Exchange, viewer: Viewer, target: Target, form: StreamForm, parents: list[str]
) -> None:
    is_live = not (isinstance(form, Braid) and form.subscribe is None)
    async with reading(services, viewer, target, parents) as opened:
        sent = None
        if isinstance(form, event_stream.MessengerEvents):
            sent = _receiver(services, viewer)
            services.messages.receipts.note(Receipt(viewer.user_id, target.id))
        await CollectionStream(exchange, opened, form, is_live=is_live, sent=sent).run()


def _receiver(services: Services, viewer: Viewer) -> Sent:
    """Record what has reached the messenger's client, which sends no receipts itself."""

    def sent(event: Event) -> None:
        services.messages.receipts.reached(viewer.user_id, msgspec.json.decode(event.data, type=Message))

    return sent
