"""The law of automod: nothing that a rule forbids is acknowledged or stored, in any process, from the moment that the
rule was set.

Two server processes; in one the words are set, in both people write while that happens: messages by REST, the gateway
and Braid, and edits. `LAWS_SEED` repeats a run, `LAWS_KILLS` makes it longer.
"""

import asyncio
import os
import random
from dataclasses import dataclass, field
from uuid import uuid4

import aiohttp
import asyncpg

from tests.laws.world import servers
from tests.people import Browser, Community, Person, Socket
from tests.serving import gather_community, over_both_buses

ROUNDS = int(os.environ.get("LAWS_KILLS", "4")) * 3


@dataclass
class Book:
    """What everyone knows: which words are surely forbidden, and since which round, and what became of texts."""

    forbidden: dict[str, int] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)

    def note(self, text: str, known: dict[str, int], *, is_taken: bool) -> None:
        """`known` are the words that were forbidden before the text was written; those still are count."""
        (self.taken if is_taken else self.refused).add(text)
        if is_taken and any(word in text.split() for word, _ in known.items() & self.forbidden.items()):
            self.broken.append(text)


async def write(person: Person, channel: str, book: Book, chance: random.Random, words: list[str]) -> None:
    """Write by every way in turn, until the task is cancelled; each text is unique."""
    socket = await person.socket()
    own = (await person.send(channel, f"begin {uuid4().hex}"))["id"]
    ways = (by_rest, by_gateway, by_braid, by_edit)
    for number in range(1_000_000):
        text = f"{chance.choice(words)} {uuid4().hex}"
        known = dict(book.forbidden)
        is_taken = await ways[number % len(ways)](person, socket, channel, own, text)
        book.note(text, known, is_taken=is_taken)


async def by_rest(person: Person, socket: Socket, channel: str, own: str, text: str) -> bool:
    return judged((await person.post(f"/api/channels/{channel}/messages", {"content": text})).code)


async def by_gateway(person: Person, socket: Socket, channel: str, own: str, text: str) -> bool:
    nonce = uuid4().hex
    await socket.say("MESSAGE_SEND", {"channel_id": channel, "content": text, "nonce": nonce})
    answer = await socket.wait_for(
        lambda frame: frame["op"] in ("MESSAGE_ACK", "MESSAGE_REFUSED") and frame["d"]["nonce"] == nonce
    )
    return judged(answer["d"].get("code"))


async def by_braid(person: Person, socket: Socket, channel: str, own: str, text: str) -> bool:
    path = f"/sync/channels/{channel}/messages/{uuid4()}"
    return judged((await person.call("PUT", path, json={"content": text})).code)


async def by_edit(person: Person, socket: Socket, channel: str, own: str, text: str) -> bool:
    return judged((await person.patch(f"/api/messages/{own}", {"content": text})).code)


def judged(code: str | None) -> bool:
    assert code in (None, "automod_word_filter"), code
    return code is None


@over_both_buses
async def test_nothing_forbidden_is_acknowledged_or_stored(database_url: str, bus_url: str) -> None:
    seed = int(os.environ.get("LAWS_SEED", random.randrange(2**32)))
    print(f"LAWS_SEED={seed}")  # noqa: T201
    chance = random.Random(seed)
    async with servers(database_url, 2, bus_url) as (here, there), aiohttp.ClientSession() as http:
        community = await gather_community(lambda name: Person.register(Browser(here.url, http), name))
        afar = Person(Browser(there.url, http), community.member.login)
        words, book = [f"word{number}x" for number in range(6)], Book()
        writers = [
            asyncio.create_task(write(person, community.channel, book, random.Random(chance.random()), words))
            for person in (community.owner, community.member, afar, afar)
        ]
        try:
            await forbid_and_allow(community, book, chance, words)
        finally:
            for writer in writers:
                writer.cancel()
            ended = await asyncio.gather(*writers, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in ended), ended
    assert book.broken == []
    assert book.taken, "nothing was taken"
    assert book.refused, "nothing was refused"
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT content FROM messages UNION SELECT content FROM message_edits")
        logged = await connection.fetch("SELECT data::text FROM changes WHERE key LIKE 'messages/%'")
    finally:
        await connection.close()
    assert book.taken <= {row["content"] for row in rows}
    assert not book.refused & {row["content"] for row in rows}
    everything = "".join(row["data"] for row in logged)
    assert not [text for text in book.refused if text in everything]


async def forbid_and_allow(community: Community, book: Book, chance: random.Random, words: list[str]) -> None:
    """Forbid words and allow them again; the book has a word from the answer to the next request."""
    path = f"/api/servers/{community.server}/automod"
    await community.owner.expect(200, "PATCH", path, {"enabled": True, "word_filter_enabled": True})
    for number in range(ROUNDS):
        word = chance.choice(words)
        if word in book.forbidden:
            del book.forbidden[word]
            await community.owner.expect(204, "DELETE", f"{path}/words/{word}")
        else:
            match = chance.choice(["part", "whole", "pattern"])
            await community.owner.expect(201, "POST", f"{path}/words", {"word": word, "match": match})
            book.forbidden[word] = number
        await asyncio.sleep(chance.uniform(0.0, 0.15))
