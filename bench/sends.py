"""Durable, acknowledged sends of 64 users at once, over 64 channels and over one.

Each sender waits for one acknowledgement before the next message, as a client of pgbench waits for its commit. Through
the gateway a sender follows only their own user topic, because a client of pgbench receives nothing either: the fan-out
measures the cost of listening.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from bench import ledger, machine, pgbench
from bench.figures import Figure, at_least, compared, shares
from bench.ledger import Ledger
from bench.machine import Effort
from bench.pgbench import CONTENT
from bench.wire import ACKNOWLEDGED, Http, Socket, WrongError, post
from bench.world import Bench, Instance, Rows, Running, channel_id, connected, keep, make_people, make_server, settle

SENDERS: Final = 64
ANSWER_BYTES: Final = 640
"""Of the response to a message of ordinary length."""

BUDGETS: Final = {("gateway", 64): 2.0, ("REST", 64): 1.0, ("gateway", 1): 10.0, ("REST", 1): 10.0}

Send = Callable[["Sending"], Awaitable[Effort]]


@dataclass(frozen=True, slots=True)
class Sending:
    """`senders` spread over `channels`, for some seconds. `follow` limits what their sockets receive."""

    instance: Instance
    book: Ledger
    seconds: float
    channels: int
    senders: int = SENDERS
    follow: str = "&follow=own"


async def run(bench: Bench) -> list[Figure]:
    return [figure for channels in (SENDERS, 1) for figure in await _over(bench, channels)]


async def _over(bench: Bench, channels: int) -> list[Figure]:
    async with bench.database("bench_ceiling") as ceiling, bench.instance() as instance, bench.bare() as bare:
        async with connected(ceiling) as rows:
            await populate(rows, channels)
        await populate(instance.rows, channels)
        figures = await _measure(bench, instance, ceiling, channels)
        alone = await exchange_cost(bare, instance, bench.seconds)
        return [replace(each, note=_with_exchange(each, alone)) for each in figures]


def _with_exchange(figure: Figure, cost: float) -> str:
    is_over_http = figure.name.endswith("REST")
    return f"{figure.note}; of it {cost:.0f} µs are the HTTP exchange alone" if is_over_http else figure.note


async def populate(rows: Rows, channels: int) -> None:
    """64 users, spread over as many servers with one channel each."""
    await make_people(rows, SENDERS)
    for number in range(channels):
        await make_server(rows, number, range(number, SENDERS, channels), range(number, number + 1))
    await settle(rows)


async def _measure(bench: Bench, instance: Instance, ceiling_url: str, channels: int) -> list[Figure]:
    ways: dict[str, Send] = {"gateway": through_gateway, "REST": through_rest}
    pairs: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    efforts: dict[str, list[Effort]] = {way: [] for way in ways}
    costs: dict[str, list[float]] = {way: [] for way in ("pgbench", *ways)}
    book = Ledger()
    for _ in range(bench.rounds):
        with machine.effort(bench.cores, bench.cluster.process_id) as least:
            ceiling = (await pgbench.run(bench, ceiling_url, pgbench.with_positions(channels), SENDERS)).rate
        costs["pgbench"].append(least.server * 1e6 / (ceiling * least.seconds))
        for way, send in ways.items():
            before = len(book)
            efforts[way].append(await send(Sending(instance, book, bench.seconds, channels)))
            sent = len(book) - before
            pairs[way].append((sent / efforts[way][-1].seconds, ceiling))
            costs[way].append(efforts[way][-1].server * 1e6 / sent)
            bench.tell(f"{channels} channels, {way}: {pairs[way][-1][0]:.0f}/s; pgbench {ceiling:.0f}/s")
    checked, least_cost = await ledger.check(instance.rows, book), median(costs["pgbench"])
    return [
        compared(
            f"64 senders, {channels} {'channels' if channels > 1 else 'channel'}, {way}",
            "messages/s",
            pairs[way],
            at_least(BUDGETS[way, channels]),
            "pgbench with positions",
            note=f"{median(costs[way]):.0f} µs of processor time for a message, pgbench {least_cost:.0f} µs; {checked}",
            **shares(efforts[way]),
        )
        for way in ways
    ]


def message(channel: int, nonce: str) -> dict[str, str]:
    return {"channel_id": str(channel_id(channel)), "content": CONTENT, "nonce": nonce}


def send_frame(channel: int, nonce: str) -> bytes:
    """The gateway frame that sends a message, written by hand because each message needs one."""
    data = f'{{"channel_id":"{channel_id(channel)}","content":"{CONTENT}","nonce":"{nonce}"}}'
    return f'{{"op":"MESSAGE_SEND","d":{data}}}'.encode()


async def through_gateway(given: Sending) -> Effort:
    """All at once, each over their own socket; every sender's frames are followed and must be contiguous."""
    senders = [await _Sender.open(given, number) for number in range(given.senders)]
    with given.instance.effort() as spent:
        deadline = time.perf_counter() + given.seconds
        for sender in senders:
            sender.begin(deadline)
        await asyncio.gather(*(sender.finished for sender in senders))
    for sender in senders:
        sender.socket.close()
    return spent


class _Sender:
    """Sends the next message when the last one is acknowledged."""

    def __init__(self, number: int, channel: int, book: Ledger) -> None:
        self.number, self.channel, self._book = number, channel, book
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.socket: Socket

    @classmethod
    async def open(cls, given: Sending, number: int) -> "_Sender":
        self = cls(number, number % given.channels, given.book)
        self.socket = await Socket.open(
            given.instance.address,
            given.instance.socket_path(number) + given.follow,
            on_frame=self._take,
            on_failure=self._fail,
        )
        return self

    def begin(self, deadline: float) -> None:
        self._deadline = deadline
        self._send()

    def _send(self) -> None:
        self.socket.say(send_frame(self.channel, self._book.nonce(self.number)))

    def _take(self, socket: Socket, payload: bytes) -> None:
        if not payload.startswith(ACKNOWLEDGED):
            self._fail(WrongError(f"instead of an acknowledgement: {payload!r}"))
            return
        self._book.acknowledge(self.number, payload)
        if time.perf_counter() < self._deadline:
            self._send()
        else:
            self.finished.set_result(None)

    def _fail(self, failure: WrongError) -> None:
        if not self.finished.done():
            self.finished.set_exception(failure)


async def through_rest(given: Sending) -> Effort:
    """All at once, each over their own connection that is kept open."""
    connections = [await Http.open(given.instance.address) for _ in range(given.senders)]
    tokens = [given.instance.token(number) for number in range(given.senders)]
    with given.instance.effort() as spent:
        deadline = time.perf_counter() + given.seconds

        async def send(number: int) -> None:
            while time.perf_counter() < deadline:
                await post_message(connections[number], number, number % given.channels, tokens[number], given.book)

        await asyncio.gather(*(send(number) for number in range(given.senders)))
    for connection in connections:
        connection.close()
    return spent


async def exchange_cost(bare: Running, instance: Instance, seconds: float) -> float:
    """Microseconds of processor time that the barest application takes for the same request and response."""
    request = post(f"/api/channels/{channel_id(0)}/messages", message(0, "0-000000000"), instance.token(0))
    await keep(bare, bytes(ANSWER_BYTES))
    connections = [await Http.open(bare.address) for _ in range(SENDERS)]
    count = 0
    with bare.effort() as spent:
        deadline = time.perf_counter() + seconds

        async def ask(http: Http) -> None:
            nonlocal count
            while time.perf_counter() < deadline:
                await http.ask(request)
                count += 1

        await asyncio.gather(*(ask(http) for http in connections))
    for http in connections:
        http.close()
    return spent.server * 1e6 / count


async def post_message(http: Http, number: int, channel: int, token: str, book: Ledger) -> None:
    """Send one message through REST."""
    path = f"/api/channels/{channel_id(channel)}/messages"
    body = f'{{"content":"{CONTENT}","nonce":"{book.nonce(number)}"}}'.encode()
    answer = await http.ask(post(path, body, token))
    if answer.status != 201:
        raise WrongError(f"a message was answered {answer.status}: {answer.body!r}")
    book.acknowledge(number, answer.body)
