"""One attempt to deliver one event: the body, its signature, and what became of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from coterie import errors
from coterie.errors import CoterieError
from coterie.outgoing.guard import Outgoing
from coterie.webhooks.signing import signature

SECONDS: Final = 10.0
"""For a whole attempt: waiting for a turn, DNS, connecting, sending, and the answer's beginning."""

DELIVERED: Final = "delivered"
REASONS: Final = {
    errors.ADDRESS_REFUSED: "refused",
    errors.URL_INVALID: "url_invalid",
    errors.UNREACHABLE: "unreachable",
}

ATTEMPTS: Final = 3
"""Of a round; the contract's receivers know no higher number."""

WAITS: Final = (timedelta(seconds=5), timedelta(seconds=15))
"""Between the attempts of a round."""

BACK_OFF: Final = timedelta(minutes=1)
BACK_OFF_LIMIT: Final = timedelta(hours=1)
"""After the first round that failed, and at most: it doubles with each round."""

GIVE_UP: Final = timedelta(days=1)
"""A webhook that has failed for this long is switched off."""


class EventBody(msgspec.Struct, frozen=True):
    """What is sent."""

    event: str
    server_id: UUID
    data: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Post:
    """An event on its way to a webhook; `attempt` is the number of the attempt in its round, from 1."""

    webhook_id: UUID
    url: str
    secret: str
    body: bytes
    attempt: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "X-Together-Signature-256": signature(self.secret, self.body),
            "X-Together-Hook-ID": str(self.webhook_id),
            "X-Together-Delivery-Attempt": str(self.attempt),
        }


async def send(outgoing: Outgoing, post: Post) -> str:
    """DELIVERED if the receiver answered 2xx, else why not: `status_<code>` or one word."""
    try:
        status = await outgoing.post(post.url, body=post.body, headers=post.headers, seconds=SECONDS)
    except TimeoutError:
        return "timeout"
    except CoterieError as error:
        return REASONS.get(error.entry, "unreachable")
    return DELIVERED if 200 <= status < 300 else f"status_{status}"


def body_of(event: str, server_id: UUID, data: object) -> bytes:
    return msgspec.json.encode(EventBody(event, server_id, msgspec.Raw(msgspec.json.encode(data))))


def wait_after(attempts: int, rounds: int) -> timedelta:
    """How long to wait after a failure; `attempts` of this round were made (0: it is over), `rounds` have failed."""
    if attempts:
        return WAITS[attempts - 1]
    doubled: int = 2 ** min(rounds - 1, 10)
    return min(BACK_OFF * doubled, BACK_OFF_LIMIT)
