"""POST through the guard: what is sent, that redirects are not followed, and that private addresses are refused."""

from collections.abc import AsyncIterator
from ipaddress import ip_address

import pytest

from coterie import errors
from coterie.errors import CoterieError
from coterie.outgoing.guard import Outgoing
from tests.webhooks.receiver import Receiver, receiver


@pytest.fixture
async def target() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


@pytest.fixture
async def outgoing(target: Receiver) -> AsyncIterator[Outgoing]:
    made = Outgoing(frozenset({(ip_address("127.0.0.1"), target.port)}))
    yield made
    await made.close()


async def test_it_sends_the_body_and_reveals_nothing_else(outgoing: Outgoing, target: Receiver) -> None:
    status = await outgoing.post(target.url, body=b"{}", headers={"X-Own": "1"}, seconds=5)
    assert status == 204
    [delivered] = target.received
    assert delivered.body == b"{}"
    assert delivered.headers.pop("user-agent").startswith("Coterie/")
    assert delivered.headers.pop("host") == target.place
    assert set(delivered.headers) <= {
        *("accept", "accept-encoding", "connection", "content-length", "content-type", "x-own"),
    }


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(outgoing: Outgoing, target: Receiver, status: int) -> None:
    target.statuses = [f"{status} Elsewhere"]
    assert await outgoing.post(target.url, body=b"{}", headers={}, seconds=5) == status
    assert len(target.received) == 1


async def test_private_addresses_are_refused(outgoing: Outgoing, target: Receiver) -> None:
    async with receiver() as private:
        for url in (private.url, target.url.replace("127.0.0.1", "127.0.0.2"), "http://[::1]/", "http://10.0.0.1/"):
            with pytest.raises(CoterieError) as caught:
                await outgoing.post(url, body=b"{}", headers={}, seconds=5)
            assert caught.value.entry is errors.ADDRESS_REFUSED
        assert not private.received


async def test_it_has_its_time_and_no_more(outgoing: Outgoing, target: Receiver) -> None:
    target.is_open.clear()
    with pytest.raises(TimeoutError):
        await outgoing.post(target.url, body=b"{}", headers={}, seconds=0.1)


async def test_a_receiver_that_is_not_there() -> None:
    async with receiver() as gone:
        made = Outgoing(frozenset({(ip_address("127.0.0.1"), gone.port)}))
        url = gone.url
    with pytest.raises(CoterieError) as caught:
        await made.post(url, body=b"{}", headers={}, seconds=5)
    assert caught.value.entry is errors.UNREACHABLE
    await made.close()
