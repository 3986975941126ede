"""What was sent and acknowledged, the time that took, and whether all of it is stored: once, in order, without gaps."""

import time
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from bench.wire import ACKNOWLEDGED, WrongError
from bench.world import Rows


class _Message(msgspec.Struct):
    id: UUID
    channel_id: UUID
    nonce: str
    seq: int


class _Body(msgspec.Struct):
    message: _Message


class _Acknowledgement(msgspec.Struct):
    d: _Body


@dataclass(slots=True)
class Ledger:
    """The acknowledgements as received, to be parsed after the measurement, and the seconds until each came."""

    acknowledged: list[bytes] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    _began: dict[int, float] = field(default_factory=dict)
    _numbers: dict[int, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.acknowledged)

    def nonce(self, sender: int) -> str:
        """A new nonce for the message that is sent now: the sender's name and an increasing number."""
        self._began[sender] = time.perf_counter()
        number = self._numbers[sender] = self._numbers.get(sender, 0) + 1
        return f"{sender}-{number:09}"

    def acknowledge(self, sender: int, answer: bytes) -> None:
        """Note the answer to the sender's last message."""
        self.waits.append(time.perf_counter() - self._began[sender])
        self.acknowledged.append(answer)


async def check(rows: Rows, ledger: Ledger, *, is_dense: bool = True) -> str:
    """Compare the ledger with the database; return a sentence. Raises WrongError at the first difference.

    In a conversation the messages are not contiguous: receipts take positions between them.
    """
    stored = await rows.fetch("SELECT id, channel_id, nonce, seq FROM messages WHERE nonce IS NOT NULL")
    by_nonce = {row["nonce"]: (row["id"], row["channel_id"], row["seq"]) for row in stored}
    if len(by_nonce) != len(stored):
        raise WrongError("a message was stored twice")
    told = [_message(each) for each in ledger.acknowledged]
    for message in told:
        if by_nonce.get(message.nonce) != (message.id, message.channel_id, message.seq):
            raise WrongError(f"{message.nonce} was acknowledged as {message}, and is {by_nonce.get(message.nonce)}")
    if len({message.nonce for message in told}) != len(told):
        raise WrongError("a message was acknowledged twice")
    await _check_positions(rows, is_dense=is_dense)
    return f"{len(told):,} acknowledged messages found once, in order"


async def _check_positions(rows: Rows, *, is_dense: bool) -> None:
    """Check that no channel has a gap, and that no sender's messages were reordered."""
    holes = await rows.fetchval(
        "SELECT count(*) FROM (SELECT channel_id FROM messages GROUP BY channel_id"
        " HAVING max(seq) <> count(*) OR min(seq) <> 1) AS broken"
    )
    swapped = await rows.fetchval(
        """
        SELECT count(*) FROM (
            SELECT nonce < lag(nonce) OVER (PARTITION BY channel_id, author_id ORDER BY seq) AS is_late
            FROM messages WHERE nonce IS NOT NULL
        ) AS pair WHERE is_late
        """
    )
    if (holes and is_dense) or swapped:
        raise WrongError(f"{holes} channels have holes, {swapped} messages overtook others of their sender")


def _message(answer: bytes) -> _Message:
    if answer.startswith(ACKNOWLEDGED):
        return msgspec.json.decode(answer, type=_Acknowledgement).d.message
    return msgspec.json.decode(answer, type=_Message)
