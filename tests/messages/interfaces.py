"""Every way to write a message, as a function that answers with the error code: what the law of the gate compares."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from tests.people import Answer, Person, Socket

LEFT_OUT: Final = "left out"
"""Stands for a text that is not given at all."""


@dataclass(frozen=True, slots=True)
class Write:
    """What somebody writes, and where; `own` is a message of theirs in that channel, which an edit changes.

    `more` are further fields of the body, such as `reply_to`.
    """

    person: Person
    socket: Socket
    channel: str
    own: str
    content: Any
    more: dict[str, Any] = field(default_factory=dict)
    is_conversation: bool = False

    def body(self, name: str = "content") -> dict[str, Any]:
        """The text under this name, with the other fields."""
        return self.more if self.content == LEFT_OUT else {name: self.content, **self.more}


Interface = Callable[[Write], Awaitable[str | None]]


def _code(answer: Answer) -> str | None:
    assert answer.status < 500 or answer.code in ("disk_full", "overloaded"), answer
    return answer.code


async def by_rest(write: Write) -> str | None:
    return _code(await write.person.post(f"/api/channels/{write.channel}/messages", write.body()))


async def by_thread(write: Write) -> str | None:
    path = f"/api/channels/{write.channel}/messages/{write.own}/thread"
    return _code(await write.person.post(path, write.body()))


async def by_gateway(write: Write) -> str | None:
    nonce = uuid4().hex
    given = {"nonce": nonce, **write.body(), "channel_id": write.channel}
    await write.socket.say("MESSAGE_SEND", given)
    answer = await write.socket.wait_for(
        lambda frame: frame["op"] in ("MESSAGE_ACK", "MESSAGE_REFUSED") and frame["d"]["nonce"] == given["nonce"]
    )
    code: str | None = answer["d"].get("code")
    return code


async def by_braid(write: Write) -> str | None:
    return await _put(write, str(uuid4()))


async def by_chat(write: Write) -> str | None:
    return _code(await write.person.call("PUT", "/chat", json=write.body("text")))


async def by_edit(write: Write) -> str | None:
    return _code(await write.person.patch(f"/api/messages/{write.own}", write.body()))


async def by_braid_edit(write: Write) -> str | None:
    return await _put(write, write.own)


async def by_conditional_edit(write: Write) -> str | None:
    return await _put(write, write.own, **{"If-Match": "*"})


async def _put(write: Write, message: str, **headers: str) -> str | None:
    kind = "conversations" if write.is_conversation else "channels"
    path = f"/sync/{kind}/{write.channel}/messages/{message}"
    given = {"Version": f'"{uuid4().hex}"', **headers}
    return _code(await write.person.call("PUT", path, json=write.body(), headers=given))


async def by_poll(write: Write) -> str | None:
    poll = {"question": write.content, "options": ["yes", "no"]}
    return _code(await write.person.post(f"/api/channels/{write.channel}/polls", poll))


async def by_event(write: Write) -> str | None:
    event = {"name": "A walk", "description": write.content, "starts_at": "2040-01-01T12:00:00Z"}
    return _code(await write.person.post(f"/api/channels/{write.channel}/events", event))


INTERFACES: Final[dict[str, Interface]] = {
    "REST": by_rest,
    "a thread": by_thread,
    "the gateway": by_gateway,
    "Braid": by_braid,
    "the chat room": by_chat,
    "an edit": by_edit,
    "an edit by Braid": by_braid_edit,
    "an edit if unchanged": by_conditional_edit,
    "a poll": by_poll,
    "an event": by_event,
}

EDITS: Final = frozenset({"an edit", "an edit by Braid", "an edit if unchanged"})
SENDS: Final = frozenset(INTERFACES) - EDITS
WITH_THREADS: Final = frozenset({"the gateway", "Braid"})
WITH_REPLIES: Final = WITH_THREADS | {"REST", "a thread"}
WITH_NONCES: Final = frozenset({"REST", "a thread", "the gateway", "the chat room"})
WITH_PARTS: Final = frozenset({"a poll", "an event"})
ANYWHERE: Final = frozenset(INTERFACES) - {"the chat room"}
"""Interfaces by which any channel can be written to."""
