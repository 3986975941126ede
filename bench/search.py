"""Search in a server with 1,000,000 messages in many languages: whole requests, the index's size, and its cost.

Each response is checked: a search with wrong results gives no figure.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from statistics import median
from typing import Any, Final
from urllib.parse import quote

import msgspec

from bench import corpus
from bench.figures import Figure, at_most
from bench.machine import processor_seconds
from bench.wire import Answer, Http, WrongError, get
from bench.world import PAST, Bench, Instance, Rows, channel_id, make_people, make_server, person_id, server_id, settle
from coterie.identifiers import new_id

HISTORY: Final = 1_000_000
QUICK_HISTORY: Final = 100_000
CHANNELS: Final = 50
PEOPLE: Final = 20
BATCH: Final = 32
CAP: Final = 1_000

INSERT: Final = """
    INSERT INTO messages (id, channel_id, author_id, seq, version, content, created_at)
    SELECT id, $1, $2, seq, seq, content, now()
    FROM unnest($3::uuid[], $4::bigint[], $5::text[]) AS given (id, seq, content)
"""


@dataclass(frozen=True, slots=True)
class Question:
    """A query, and the number of messages that match it."""

    name: str
    text: str
    share: float
    is_rare: bool = False


QUESTIONS: Final = [
    Question("a rare word", corpus.RARE, 1 / 100_000, is_rare=True),
    Question("the beginning of a rare word", corpus.RARE[:6], 1 / 100_000, is_rare=True),
    Question("a rare word of two Chinese characters", corpus.HAN_WORD, 1 / 50_000, is_rare=True),
    Question("a rare phrase of frequent words", f'"{corpus.PHRASE}"', 1 / 10_000, is_rare=True),
    Question("a frequent and a rare word that never meet", f"{corpus.COMMON} {corpus.RARE}", 0),
    Question("a word in one message of 200", corpus.UNCOMMON, 1 / 200),
    Question("a word in every fifth message", corpus.COMMON, 1 / 5),
    Question("two letters with which many words begin", corpus.COMMON[:2], 1 / 5),
    Question("a word frequent only long ago", corpus.BYGONE, 1 / 20),
    Question("a word in every fifth message, in one channel", f"{corpus.COMMON} in:channel-7", 1 / 5 / CHANNELS),
    Question("a word in every fifth message, of one author", f"{corpus.COMMON} from:person_3", 1 / 5 / PEOPLE),
]


async def run(bench: Bench) -> list[Figure]:
    count = QUICK_HISTORY if bench.is_quick else HISTORY
    async with bench.instance() as instance:
        await make_people(instance.rows, PEOPLE)
        await make_server(instance.rows, 0, range(PEOPLE), range(CHANNELS))
        building = await fill(bench, instance.rows, count)
        await settle(instance.rows)
        http = await Http.open(instance.address)
        figures = [await _ask(bench, instance, http, question, count) for question in QUESTIONS]
        http.close()
        return [*figures, await _size(instance.rows, building), *await _cost(bench, instance.rows, count)]


async def fill(bench: Bench, rows: Rows, count: int) -> float:
    """Write the history, and build the index as the migration does; return the seconds that the index took."""
    definition = await rows.fetchval("SELECT pg_get_indexdef('messages_words'::regclass)")
    await rows.execute("DROP INDEX messages_words")
    await rows.execute("SET session_replication_role = replica")
    columns = ("id", "channel_id", "author_id", "seq", "version", "content", "created_at")
    await rows.copy_records_to_table("messages", columns=columns, records=_records(count))
    await rows.execute("UPDATE topics SET position = $1 WHERE kind = 'channel'", count)
    await rows.execute("RESET session_replication_role")
    began = time.perf_counter()
    await rows.execute(definition)
    building = time.perf_counter() - began
    bench.tell(f"the index of {count:,} messages was built in {building:.0f} s")
    return building


def _records(count: int) -> Iterator[tuple[Any, ...]]:
    """Channels and authors alternate at random, independently of the pattern of the known words."""
    chance = random.Random(3)
    for number, content in enumerate(corpus.messages(count), 1):
        channel, person = channel_id(chance.randrange(CHANNELS)), person_id(chance.randrange(PEOPLE))
        yield new_id(), channel, person, number, number, content, PAST + timedelta(seconds=number)


async def _ask(bench: Bench, instance: Instance, http: Http, question: Question, count: int) -> Figure:
    """The median of whole requests, each of them checked."""
    request = get(f"/api/servers/{server_id(0)}/search?limit=20&q={quote(question.text)}", instance.token(0))
    times = []
    for _ in range(5 if bench.is_quick else 50):
        began = time.perf_counter()
        answer = await http.ask(request)
        times.append((time.perf_counter() - began) * 1000)
        _check(question, answer, count)
    bench.tell(f"{question.name}: {median(times):.1f} ms, at most {max(times):.1f} ms")
    budget = at_most(20, "ms") if question.is_rare else None
    note = f"`{question.text}`; the slowest of {len(times)} took {max(times):.0f} ms"
    name = f"search of {count:,}: {question.name}"
    return Figure(name, median(times), "ms", median(times), budget, spread=times, note=note)


def _check(question: Question, answer: Answer, count: int) -> None:
    """Check the number of hits, their marks and order, newest first. Words placed at random match about as often."""
    if answer.status != 200:
        raise WrongError(f"{question.text} was answered {answer.status}: {answer.body[:200]!r}")
    found = msgspec.json.decode(answer.body)
    expected, results = min(CAP, round(question.share * count)), found["results"]
    times = [result["created_at"] for result in results]
    if not expected * 0.8 <= found["total"] <= expected * 1.2 or len(results) != min(20, found["total"]):
        raise WrongError(f"{question.text} found {found['total']} and showed {len(results)}, not {expected}")
    if times != sorted(times, reverse=True) or not all("<mark>" in result["highlight"] for result in results):
        raise WrongError(f"{question.text} has an answer out of order or without marks")


async def _size(rows: Rows, building: float) -> Figure:
    """The size of the index and of the text that it indexes."""
    index = await rows.fetchval("SELECT pg_relation_size('messages_words')") / 1e6
    text = await rows.fetchval("SELECT sum(octet_length(content)) FROM messages") / 1e6
    note = f"built in {building:.0f} s"
    return Figure("search: the index of words", index, "MB", index / text, None, text, "the text", note=note)


async def _cost(bench: Bench, rows: Rows, count: int) -> list[Figure]:
    """What the index adds to storing a message, in PostgreSQL's processor time, immediately and at maintenance."""
    batches = 50 if bench.is_quick else 500
    texts = list(islice(corpus.messages(count), batches * BATCH))
    stored, tidied = await _store(rows, texts, count)
    await rows.execute("DROP INDEX messages_words")
    bare, _ = await _store(rows, texts, count + len(texts))
    note = f"{stored - bare:.0f} µs are the index's, and {tidied:.0f} µs later, off the path of any request"
    bench.tell(f"a stored message: {stored:.0f} µs, without the index {bare:.0f} µs; {tidied:.0f} µs to tidy it")
    ratio = stored / bare
    return [Figure("search: storing a message", stored, "µs", ratio, None, bare, "without the index", note=note)]


async def _store(rows: Rows, texts: list[str], after: int) -> tuple[float, float]:
    """Microseconds per message: to store it in batches, and to maintain the index afterwards."""
    backend = await rows.fetchval("SELECT pg_backend_pid()")
    began = processor_seconds(backend)
    for first in range(0, len(texts), BATCH):
        part = texts[first : first + BATCH]
        positions = list(range(after + first + 1, after + first + 1 + len(part)))
        await rows.execute(INSERT, channel_id(0), person_id(0), [new_id() for _ in part], positions, part)
    stored = processor_seconds(backend)
    if await rows.fetchval("SELECT to_regclass('messages_words') IS NOT NULL"):
        await rows.execute("SELECT gin_clean_pending_list('messages_words')")
    return (stored - began) / len(texts) * 1e6, (processor_seconds(backend) - stored) / len(texts) * 1e6
