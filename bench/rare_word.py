"""Search for a rare word in a server of ordinary size: 20,000 messages, four of which have the word."""

import time
from statistics import median
from typing import Final
from urllib.parse import quote

import msgspec

from bench import corpus
from bench.figures import Figure, compared
from bench.search import CHANNELS, PEOPLE, fill
from bench.wire import Http, WrongError, get
from bench.world import Bench, keep, make_people, make_server, server_id, settle

HISTORY: Final = 20_000
HITS: Final = 4


async def run(bench: Bench) -> list[Figure]:
    async with bench.instance() as instance, bench.bare() as bare:
        await make_people(instance.rows, PEOPLE)
        await make_server(instance.rows, 0, range(PEOPLE), range(CHANNELS))
        await fill(bench, instance.rows, HISTORY)
        await instance.rows.execute(
            "UPDATE messages SET content = content || $1 WHERE seq % $2 = 0", f" {corpus.RARE}", HISTORY // HITS
        )
        await settle(instance.rows)
        http, other = await Http.open(instance.address), await Http.open(bare.address)
        request = get(f"/api/servers/{server_id(0)}/search?limit=20&q={quote(corpus.RARE)}", instance.token(0))
        body = (await http.ask(request)).body
        if (total := msgspec.json.decode(body).get("total")) != HITS:
            raise WrongError(f"{corpus.RARE} found {total}, not {HITS}")
        await keep(bare, body)
        pairs = [
            (await _ms(http, request), await _ms(other, get("/kept"))) for _ in range(20 if bench.is_quick else 200)
        ]
        http.close()
        other.close()
    middle = [(median(own for own, _ in pairs), median(least for _, least in pairs))]
    bench.tell(f"a rare word in {HISTORY:,}: {middle[0][0]:.2f} ms")
    name = f"search for a rare word in {HISTORY:,} messages"
    return [compared(name, "ms", middle, None, "bare ASGI, same bytes", note=f"`{corpus.RARE}`, a whole request")]


async def _ms(http: Http, request: bytes) -> float:
    began = time.perf_counter()
    await http.ask(request)
    return (time.perf_counter() - began) * 1000
