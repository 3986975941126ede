"""After a start all clients connect at once: they are let in one after the other, and everything else continues."""

import asyncio
from uuid import UUID

import aiohttp
import pytest

from coterie.http.account_turns import AccountTurns
from tests.patience import PATIENCE
from tests.people import Browser, Person, Socket
from tests.serving import serving, settings_for

CROWD = 60


async def test_everybody_gets_in_and_the_others_are_answered_meanwhile(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 0

    class Counting(AccountTurns):
        """Records how many had their turn at one time."""

        @property
        def taken(self) -> int:
            return self._taken

        @taken.setter
        def taken(self, number: int) -> None:
            nonlocal most
            self._taken, most = number, max(most, number)

    monkeypatch.setattr("coterie.services.making.AccountTurns", Counting)
    async with serving(settings_for(database_url, COTERIE_POOL_SIZE="12")) as server:
        browser = Browser(server.url, http)
        people = [await Person.register(browser) for _ in range(3)]
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as crowd:
            coming = [Person(Browser(server.url, crowd), people[number % 3].login) for number in range(CROWD)]
            opening = [asyncio.create_task(person.socket()) for person in coming]
            answers = [await browser.get("/health/ready") for _ in range(5)]
            sockets: list[Socket] = await asyncio.gather(*opening)
            assert {answer.status for answer in answers} == {200}
            assert [socket.ready["user"]["id"] for socket in sockets] == [person.id for person in coming]
            await asyncio.gather(*(socket.close() for socket in sockets))
    assert most == 2, "a sixth of the pool"


async def test_turns_are_taken_in_the_order_of_coming() -> None:
    admission, order = AccountTurns(6), []
    gate = asyncio.Event()

    async def come(number: int) -> None:
        async with admission.turn(UUID(int=number)):
            await gate.wait()
            order.append(number)

    coming = []
    for number in range(5):
        coming.append(asyncio.create_task(come(number)))
        await asyncio.sleep(0)
    assert (admission.taken, admission.waiting) == (1, 4)
    coming[2].cancel()
    gate.set()
    await asyncio.gather(*coming, return_exceptions=True)
    assert order == [0, 1, 3, 4]
    assert (admission.taken, admission.waiting) == (0, 0)


async def test_an_account_takes_one_turn_however_many_clients_it_has() -> None:
    admission, let_in, gate = AccountTurns(12), list[str](), asyncio.Event()
    ann, ben = UUID(int=1), UUID(int=2)

    async def come(user_id: UUID, name: str) -> None:
        async with admission.turn(user_id):
            let_in.append(name)
            await gate.wait()

    names = {"ann 1": ann, "ann 2": ann, "ann 3": ann, "ben": ben}
    coming = [asyncio.create_task(come(user_id, name)) for name, user_id in names.items()]
    for _ in range(5):
        await asyncio.sleep(0)
    assert (let_in, admission.taken, admission.waiting) == (["ann 1", "ben"], 2, 2)
    coming[1].cancel()
    gate.set()
    await asyncio.gather(*coming, return_exceptions=True)
    assert let_in == ["ann 1", "ben", "ann 3"]


async def test_a_client_that_left_while_waiting_is_not_let_in(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    admission = AccountTurns(6)
    monkeypatch.setattr("coterie.services.making.AccountTurns", lambda *_: admission)
    built: list[str] = []
    async with serving(settings_for(database_url)) as server:
        person = await Person.register(Browser(server.url, http))
        async with admission.turn(UUID(person.id)):
            left = await Socket.open(person)
            staying = await Socket.open(person)
            async with asyncio.timeout(PATIENCE):
                while admission.waiting < 2:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            await left.close()
            monkeypatch.setattr("coterie.sync.ready.server_queries.servers_of", counted(built))
        await staying.wait_for_type("READY")
        await staying.close()
    assert len(built) == 1, "nothing was read for who had left"


def counted(calls: list[str]) -> object:
    async def servers_of(*_: object) -> list[object]:
        calls.append("READY")
        return []

    return servers_of
