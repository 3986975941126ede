"""Measures what one account can cost: others' answers, the event loop and the memory, while it does its worst.

One account sends as much as its limits allow; another account, at another address, reads and writes meanwhile. The
attacks that cost most are repeated with ten accounts of one address. The table is in docs/operating/costs.md.
"""

import argparse
import asyncio
import contextlib
import shutil
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

import msgspec
import uvloop

from bench import machine
from bench.costs import attacks, large
from bench.costs.attacks import Kind
from bench.costs.flood import Attack, Lane, Outcome
from bench.wire import Http, WrongError, get, post
from bench.world import Bench, Instance, answering, channel_id, connected, running_bench, server_id, settle
from coterie.application import openapi_document
from coterie.settings.record import Settings

PAGE: Final = Path(__file__).parents[2] / "docs/operating/costs.md"
START, END = "<!-- costs -->", "<!-- /costs -->"
SECONDS: Final = 1.5
TEN: Final = 20
"""This number of the worst attacks is repeated by ten accounts."""

SHOWN: Final = 25
CALM_SECONDS, CALM_HELD = 15.0, 5.0
"""How long to wait at most after an attack, for a loop that is held for fewer milliseconds than this."""

PAUSES: Final = (0.004, 0.012)
"""Between two requests of those who are measured: reading, and sending."""

HELD_BUDGET, SLOW_BUDGET = 20.0, 50.0
"""In milliseconds: the loop for one caller, and the 99th percentile of others."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an attack cost; times in milliseconds, memory in megabytes."""

    name: str
    accounts: int
    reading: tuple[float, float]
    sending: tuple[float, float]
    held: float
    memory: float
    statuses: dict[int, int]

    @property
    def slowest(self) -> float:
        return max(self.reading[1], self.sending[1])


class Costs:
    """One run over a server with large accounts."""

    def __init__(self, bench: Bench, instance: Instance, flood: asyncio.subprocess.Process, seconds: float) -> None:
        self._bench: Final = bench
        self._instance: Final = instance
        self._flood: Final = flood
        self._seconds: Final = seconds
        self._next = 1
        self._victim = large.FIRST_VICTIM
        self._site = 1

    async def idle(self) -> Cost:
        return await self._beside("nothing", 0, [])

    async def measure(self, kind: Kind, accounts: int) -> Cost:
        """Run one attack by this number of accounts of one address, none of which has done anything before."""
        if accounts > 1 and self._next < large.BEFRIENDED:
            self._next = large.BEFRIENDED
        self._site += 1
        local = f"127.0.{self._site // 250 + 1}.{self._site % 250 + 1}"
        people = range(self._next, self._next + accounts)
        self._next += accounts
        each = max(1, kind.connections // (1 if accounts == 1 else 2))
        lanes = [self._lane(kind, person, local) for person in people for _ in range(each)]
        return await self._beside(kind.name, accounts, lanes)

    def _lane(self, kind: Kind, person: int, local: str) -> Lane:
        if kind.is_socket:
            return Lane(local, path=self._instance.socket_path(person), frames=list(kind.frames))
        own = str(large.conversation_id(person * 100))
        requests = [each.replace(b"CONVERSATION", own.encode()) for each in kind.request(self._instance.token(person))]
        return Lane(local, requests)

    async def _beside(self, name: str, accounts: int, lanes: list[Lane]) -> Cost:
        """What others get meanwhile."""
        http = await Http.open(self._instance.address)
        await self._calm(http)
        before = machine.resident_bytes(self._instance.process.pid)
        over = asyncio.Event()
        running = [asyncio.create_task(self._ask(each, over)) for each in self._probes()]
        outcome = await self._attack(lanes) if lanes else await asyncio.sleep(self._seconds, Outcome({}, 0))
        over.set()
        times = [sorted(each) for each in await asyncio.gather(*running)]
        reading, sending = [(_at(each, 50), _at(each, 99)) for each in times]
        held, after = await self._held(http), machine.resident_bytes(self._instance.process.pid)
        http.close()
        cost = Cost(name, accounts, reading, sending, held, (after - before) / 1e6, outcome.statuses)
        self._bench.tell(
            f"{name} ({accounts}): read {reading[0]:.1f}/{reading[1]:.0f}, send {sending[0]:.1f}/{sending[1]:.0f},"
            f" held {held:.0f} ms, {cost.memory:+.0f} MB, {outcome.statuses}"
        )
        return cost

    async def _calm(self, http: Http) -> None:
        """Until the server has done what the last attack left to it."""
        until = time.monotonic() + CALM_SECONDS
        while time.monotonic() < until and max([await self._held_for_a_moment(http) for _ in range(3)]) > CALM_HELD:
            pass

    async def _held_for_a_moment(self, http: Http) -> float:
        await asyncio.sleep(0.05)
        return await self._held(http)

    async def _held(self, http: Http) -> float:
        return float((await http.ask(get("/bench/held"))).body)

    async def _attack(self, lanes: list[Lane]) -> Outcome:
        address = self._instance.address
        attack = Attack(address.host, address.port, self._seconds, lanes)
        assert self._flood.stdin is not None and self._flood.stdout is not None, "they are pipes"  # noqa: PT018
        self._flood.stdin.write(msgspec.json.encode(attack) + b"\n")
        return msgspec.json.decode(await self._flood.stdout.readline(), type=Outcome)

    def _probes(self) -> list[tuple[str, float]]:
        """The tokens of a reader and of a sender who have not sent anything before, and their pauses."""
        self._victim += 2
        reader, sender = self._instance.token(self._victim), self._instance.token(self._victim - 1)
        return [("read:" + reader, PAUSES[0]), ("send:" + sender, PAUSES[1])]

    async def _ask(self, probe: tuple[str, float], over: asyncio.Event) -> list[float]:
        """Ask until it is over; the milliseconds of each answer."""
        (what, _, token), pause = probe[0].partition(":"), probe[1]
        times, number = list[float](), 0
        http = await Http.open(self._instance.address)
        while not over.is_set():
            number += 1
            body = {"content": f"said {number}", "nonce": f"{number}"}
            path = f"/api/channels/{channel_id(large.TALK)}/messages"
            began = time.perf_counter()
            answer = await http.ask(get("/api/users/@me", token) if what == "read" else post(path, body, token))
            times.append((time.perf_counter() - began) * 1000)
            if answer.status not in (200, 201, 429):
                self._bench.tell(f"another account was answered {answer.status}: {answer.body!r}")
            await asyncio.sleep(pause)
        http.close()
        return times


def _at(times: list[float], percent: int) -> float:
    return quantiles(times, n=100, method="inclusive")[percent - 1] if len(times) > 1 else sum(times)


@contextlib.asynccontextmanager
async def _serving(bench: Bench) -> AsyncIterator[Instance]:
    """A server whose loop is watched, with the limits as they are shipped."""
    async with bench.database("bench_costs") as url, connected(url) as rows:
        settings = {"RATE_LIMITS": "on", "UPLOAD_DIR": str((bench.directory / "uploads").resolve())}
        with bench.serving(url, "bench.costs.served", settings) as (process, address):
            await answering(process, address, get("/api/health/ready"))
            yield Instance(bench, address, process, rows, url)


async def _prepare(instance: Instance) -> None:
    """What is easier to make through the API, by the owner of the servers, whose limits are not measured."""
    token, http = instance.token(0), await Http.open(instance.address)
    await instance.rows.executemany(
        """
        INSERT INTO automod_words (id, server_id, word, match, created_at)
        VALUES (gen_random_uuid(), $1, $2, $3, now())
        """,
        [(server_id(large.STRICT), word, match) for word, match in attacks.words()],
    )
    rules = {"enabled": True, "word_filter_enabled": True}
    given = Kind("", (f"/api/servers/{server_id(large.STRICT)}/automod",), msgspec.json.encode(rules), "PATCH")
    text = Kind("", (f"/sync/documents/{attacks.LONG_DOCUMENT}",), b"x" * attacks.LENGTH, "PUT", attacks.PLAIN)
    for each in (given, text):
        answer = await http.ask(each.request(token)[0])
        if answer.status != 200:
            raise WrongError(f"{each.requests} was answered {answer.status}: {answer.body!r}")
    http.close()


async def _run(bench: Bench, arguments: argparse.Namespace) -> tuple[Cost, list[Cost]]:
    kinds = [each for each in attacks.everything(openapi_document(Settings())) if arguments.only in each.name]
    async with _serving(bench) as instance:
        bench.tell("making large accounts ...")
        await large.make(instance)
        await settle(instance.rows)
        await _prepare(instance)
        flood = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.costs.flood", stdin=-1, stdout=-1, limit=2**20
        )
        costs = Costs(bench, instance, flood, arguments.seconds)
        try:
            await costs.idle()
            idle = await costs.idle()
            found = [await costs.measure(kind, 1) for kind in kinds]
            worst = {each.name for each in sorted(found, key=_badness, reverse=True)[:TEN]}
            found += [await costs.measure(kind, 10) for kind in kinds if kind.name in worst]
        finally:
            flood.kill()
            await flood.wait()
    return idle, found


def _badness(cost: Cost) -> float:
    return max(cost.held / HELD_BUDGET, cost.slowest / SLOW_BUDGET)


def table(idle: Cost, found: list[Cost]) -> str:
    """The page's table, worst first."""
    ranked = sorted(found, key=_badness, reverse=True)[:SHOWN]
    head = "| what an account does | accounts | reading p50 / p99 | sending p50 / p99 | loop held | memory | answers |"
    rows = [head, "| --- | ---: | ---: | ---: | ---: | ---: | --- |"]
    rows += [_row(each) for each in (*ranked, replace(idle, name="nothing, for comparison"))]
    return "\n".join(rows)


def _row(cost: Cost) -> str:
    answers = ", ".join(f"{count} of {status or 'frames'}" for status, count in sorted(cost.statuses.items()))
    pairs = [f"{middle:.1f} / {slow:.0f} ms" for middle, slow in (cost.reading, cost.sending)]
    name = cost.name.replace("{", "").replace("}", "").replace("/api", "")
    return (
        f"| {name} | {cost.accounts} | {' | '.join(pairs)} | {cost.held:.0f} ms | {cost.memory:+.0f} MB | {answers} |"
    )


def write(about: dict[str, Any], idle: Cost, found: list[Cost]) -> None:
    """Replace what stands between the markers of the page."""
    said = (
        f"{about['date'][:10]}, commit {about['commit']}; {about['cores']} cores of {about['processor']},"
        f" {about['memory_gb']} GB, {about['disk']}. {len({each.name for each in found})} kinds of attacks; the"
        f" {SHOWN} that cost most:"
    )
    page = PAGE.read_text()
    before, rest = page.split(START)
    PAGE.write_text(f"{before}{START}\n{said}\n\n{table(idle, found)}\n{END}{rest.split(END)[1]}")


def arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench costs", description=__doc__)
    parser.add_argument("--only", default="", help="attacks whose names have this; nothing is written to the page")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each attack lasts")
    parser.add_argument("--data", type=Path, default=Path("build/bench"), help="where PostgreSQL writes meanwhile")
    return parser.parse_args(given)


def main(given: argparse.Namespace) -> None:
    shutil.rmtree(given.data, ignore_errors=True)
    given.data.mkdir(parents=True)
    about = machine.description(given.data)
    idle, found = uvloop.run(_measure(given))
    shutil.rmtree(given.data, ignore_errors=True)
    print(table(idle, found))
    if not given.only:
        write(about, idle, found)


async def _measure(given: argparse.Namespace) -> tuple[Cost, list[Cost]]:
    async with running_bench(given.data, is_quick=False) as bench:
        return await _run(bench, given)
