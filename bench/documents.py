"""Shared documents: from an edit to the other screen, loading, memory and rebuilding, and their growth with the edits.

The earlier edits are like those of several users at changing positions in the text, some ten code points each.
"""

import asyncio
import random
import time
from datetime import UTC, datetime
from statistics import median
from typing import Final
from uuid import UUID, uuid4

import aiohttp
import asyncpg

from bench.figures import Curve
from bench.machine import resident_bytes
from bench.wire import WrongError
from bench.world import Bench, Instance, channel_id, make_people, make_server, person_id, settle
from coterie.documents import deltas, edit_queries, history, queries, storing, verifying, versions
from coterie.documents.background import Background
from coterie.documents.deltas import Patch
from coterie.documents.models import Document
from coterie.documents.storing import Edit, Work
from coterie.documents.texts import Texts
from coterie.documents.versions import EditId
from coterie.permissions.cache import PermissionCache
from coterie.permissions.context import ActionContext
from coterie.usage.counting import Usage
from coterie.usage.storage import StorageQuota

STEPS: Final = (1_000, 10_000, 30_000, 100_000)
QUICK_STEPS: Final = (300, 3_000)
BATCH: Final = 250
EARLIER: Final = 15
"""This many earlier texts are requested."""

WAIT: Final = "how long people wait for a document that has ten code points for each edit"
UPKEEP: Final = "how long it takes to rebuild or verify a document that has ten code points for each edit"
MEMORY: Final = "what memory a document takes that has ten code points for each edit"
EDITS: Final = "edits"


async def run(bench: Bench) -> list[Curve]:
    steps = QUICK_STEPS if bench.is_quick else STEPS
    found = [await _measure(bench, count) for count in steps]
    names = (
        (WAIT, "from an edit to the other screen", "ms"),
        (WAIT, "the first request for the text", "ms"),
        (WAIT, "the text as it was at some moment", "ms"),
        (UPKEEP, "the text rebuilt from all edits", "ms"),
        (UPKEEP, "everything verified", "ms"),
        (MEMORY, "memory of the server", "MB"),
    )
    return [
        Curve(chart, name, EDITS, unit, [(count, each[index]) for count, each in zip(steps, found, strict=True)])
        for index, (chart, name, unit) in enumerate(names)
    ]


async def _measure(bench: Bench, count: int) -> tuple[float, ...]:
    async with bench.instance() as instance:
        await make_people(instance.rows, 2)
        await make_server(instance.rows, 0, range(2), range(1))
        document, text = await _write(instance, count)
        await settle(instance.rows)
        before = resident_bytes(instance.process.pid)
        async with aiohttp.ClientSession() as http:
            loading = await _load(instance, http, document, text)
            editing = await _edit(instance, http, document, 50 if bench.is_quick else 300)
        memory = (resident_bytes(instance.process.pid) - before) / 1e6
        earlier = await _look_back(instance, document, count)
        rebuilding = await _rebuild(instance, document, text)
        verified = await _verify(instance, document, text)
        bench.tell(
            f"{count} edits, {len(text)} code points: {editing:.1f} ms to the other screen, {loading:.0f} ms to load, "
            f"{earlier:.0f} ms to an earlier text, {rebuilding:.0f} ms to rebuild, {verified:.0f} ms to verify, "
            f"{memory:.0f} MB"
        )
        return editing, loading, earlier, rebuilding, verified, memory


def _begun(now: datetime) -> Document:
    return Document(
        id=uuid4(),
        channel_id=channel_id(0),
        server_id=None,
        title="Bench",
        created_by=person_id(0),
        created_at=now,
        updated_by=None,
        updated_at=now,
        is_pinned=False,
        is_archived=False,
        archived_at=None,
        length=0,
    )


async def _write(instance: Instance, count: int) -> tuple[UUID, str]:
    """A document with a history."""
    document = _begun(datetime.now(UTC))
    await queries.insert(instance.rows, document, versions.beginning(document.id))
    chance, text, at = random.Random(1), "", 0
    async with asyncpg.create_pool(instance.url, min_size=1, max_size=2) as pool:
        work = Work(ActionContext(pool, PermissionCache()), Texts(), 10**9, StorageQuota(Usage(pool)))
        for first in range(0, count, BATCH):
            edits = []
            for number in range(first, min(first + BATCH, count)):
                if number % 50 == 0:
                    at = chance.randint(0, len(text))
                gone = 3 if chance.random() < 0.15 and at >= 3 else 0
                content = "" if gone else chance.choice(("écrire ici ", "write here, ", "\r\nnext line\r\n"))
                patch = Patch(at - gone, at, content)
                text, at = text[: at - gone] + content + text[at:], at - gone + len(content)
                edits.append(Edit(person_id(number % 2), EditId(uuid4().hex, 0), None, [patch], is_named=False))
            for answer in await storing.store(work, document.id, edits, is_retry=False):
                if isinstance(answer, Exception):
                    raise WrongError(f"an edit was refused: {answer}")
    return document.id, text


def _headers(instance: Instance, person: int) -> dict[str, str]:
    return {"Authorization": f"Bearer {instance.token(person)}"}


def _url(instance: Instance, document: UUID) -> str:
    return f"http://{instance.address.host}:{instance.address.port}/sync/documents/{document}"


async def _load(instance: Instance, http: aiohttp.ClientSession, document: UUID, text: str) -> float:
    began = time.perf_counter()
    async with http.get(_url(instance, document), headers=_headers(instance, 0)) as response:
        found = (await response.read()).decode()
    took = (time.perf_counter() - began) * 1000
    if found != text:
        raise WrongError("the document has another text than its edits")
    return took


async def _edit(instance: Instance, http: aiohttp.ClientSession, document: UUID, count: int) -> float:
    """The time from an edit until a follower of the text receives it."""
    url, times = _url(instance, document), []
    following = {**_headers(instance, 1), "Subscribe": "true"}
    async with http.get(url, headers=following, timeout=aiohttp.ClientTimeout(total=None)) as stream:
        await _until(stream, b"Content-Length")
        await asyncio.sleep(1)
        for number in range(count):
            headers = {**_headers(instance, 0), "Version": f'"bench-{number}"', "Content-Range": "text [0:0]"}
            began = time.perf_counter()
            async with http.put(url, data=b"x", headers=headers) as answer:
                if answer.status != 200:
                    raise WrongError(f"an edit was answered {answer.status}")
            await _until(stream, b'Version: "bench-%d"' % number)
            times.append((time.perf_counter() - began) * 1000)
    return median(times)


async def _until(stream: aiohttp.ClientResponse, sign: bytes) -> None:
    async for line in stream.content:
        if line.startswith(sign):
            return


async def _rebuild(instance: Instance, document: UUID, text: str) -> float:
    began = time.perf_counter()
    edits = await edit_queries.applied_between(instance.rows, document, 0, 10**18)
    found = deltas.apply("", deltas.compose_all([delta for _, delta in edits]))
    took = (time.perf_counter() - began) * 1000
    if not found.endswith(text):
        raise WrongError("the edits come to another text")
    return took


async def _look_back(instance: Instance, document: UUID, count: int) -> float:
    """The time to read an earlier text."""
    chance, times = random.Random(2), []
    for _ in range(EARLIER):
        position = chance.randint(1, count)
        name = await edit_queries.frontier_at(instance.rows, document, position)
        began = time.perf_counter()
        await history.text_at(instance.rows, document, name, Background())
        times.append((time.perf_counter() - began) * 1000)
    return median(times)


async def _verify(instance: Instance, document: UUID, text: str) -> float:
    """As `coterie verify` does it."""
    began = time.perf_counter()
    story = await verifying.replayed(instance.rows, document)
    took = (time.perf_counter() - began) * 1000
    if story.wrong or not story.text.endswith(text):
        raise WrongError(f"the document is not whole: {story.wrong[:3]}")
    return took
