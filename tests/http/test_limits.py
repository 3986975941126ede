"""Rate limits for each address, account and action, on servers with them switched on as in production."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import aiohttp
import pytest

from coterie.accounts.limits import PASSWORDS
from coterie.database.connection import Database
from coterie.errors import CoterieError
from coterie.friends.limits import FRIENDS
from coterie.http.rate_limits import (
    ACCOUNT,
    ADDRESS,
    GUESSES,
    LOGIN,
    LOGIN_NETWORK,
    SOCKETS,
    TABLE_LIMIT,
    Limit,
    Limiter,
    Rate,
    network_of,
    site_of,
)
from coterie.invites.limits import INVITES
from coterie.messages.limits import MESSAGES, REACTIONS
from coterie.presence.limits import PRESENCE
from coterie.profiles.limits import PROFILE
from coterie.servers.limits import JOINS, NICKNAME, SNAPSHOTS
from coterie.sync import client_frames
from tests.people import PASSWORD, Answer, Browser, Person, Socket
from tests.rates import set_rate, stop_refilling
from tests.serving import gather_community, serving, settings_for
from tests.shapes import ERROR, assert_shape


@pytest.fixture
async def limited(database_url: str, http: aiohttp.ClientSession) -> AsyncIterator[Browser]:
    async with serving(settings_for(database_url, RATE_LIMITS="on")) as server:
        yield Browser(server.url, http)


@pytest.fixture
def without_refill(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_refilling(monkeypatch)


@pytest.fixture
async def strict(without_refill: None, limited: Browser) -> Browser:
    return limited


@pytest.fixture
async def behind_proxy(without_refill: None, database_url: str, http: aiohttp.ClientSession) -> AsyncIterator[Browser]:
    settings = settings_for(database_url, RATE_LIMITS="on", COTERIE_TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8")
    async with serving(settings) as server:
        yield Browser(server.url, http)


async def log_in(browser: Browser, name: str, password: str, *, address: str = "", device: str = "") -> Answer:
    headers = {"X-Forwarded-For": address or f"198.51.100.{uuid4().int % 250}"}
    if device:
        headers["Cookie"] = f"coterie_device={device}"
    return await browser.post("/api/auth/login", {"username": name, "password": password}, headers=headers)


def assert_refused(answer: Answer) -> None:
    assert (answer.status, answer.code) == (429, "rate_limited")
    assert_shape(answer.body, ERROR)
    assert int(answer.headers["Retry-After"]) >= answer.body["retry_after"] > 0


async def test_a_stock_client_never_meets_a_limit(limited: Browser) -> None:
    """It opens a channel of 50 messages and asks twice more for each of them; and then goes through other channels."""
    cast = await gather_community(lambda name: Person.register(limited, name))
    sent = [await cast.owner.send(cast.channel, f"message {number}") for number in range(50)]
    base = f"/api/channels/{cast.channel}/messages"
    for _ in range(5):
        page = await cast.member.expect(200, "GET", f"{base}?limit=50")
        assert len(page) == len(sent)
        paths = [f"{base}/{message['id']}{of}" for message in page for of in ("", "/reactions")]
        answers = await asyncio.gather(*(cast.member.get(path) for path in paths))
        assert [answer.status for answer in answers] == [200] * 100


async def test_one_account_does_not_slow_down_another(strict: Browser) -> None:
    busy, calm = await Person.register(strict), await Person.register(strict)
    answers = await asyncio.gather(*(busy.get("/api/server-templates") for _ in range(ACCOUNT.rate.burst + 20)))
    refused = [answer for answer in answers if answer.status != 200]
    assert len(refused) == 20
    for answer in refused:
        assert_refused(answer)
    assert (await calm.get("/api/server-templates")).status == 200


async def test_supervisors_are_never_limited(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rate(monkeypatch, ADDRESS, Rate(0.001, 10))
    async with serving(settings_for(database_url, RATE_LIMITS="on")) as server:
        browser = Browser(server.url, http)
        for _ in range(10):
            await browser.get("/api/server-templates")
        assert_refused(await browser.get("/api/server-templates"))
        assert [(await browser.get("/health/live")).status for _ in range(30)] == [200] * 30


async def test_all_interfaces_share_one_limit_for_messages(strict: Browser) -> None:
    cast = await gather_community(lambda name: Person.register(strict, name))
    socket = await cast.member.socket()
    path = f"/api/channels/{cast.channel}/messages"
    tries = MESSAGES.rate.burst + 10
    answers = await asyncio.gather(*(cast.member.post(path, {"content": f"{n}"}) for n in range(tries)))
    refused = [answer for answer in answers if answer.status != 201]
    assert len(refused) == 10
    assert_refused(refused[0])
    assert_refused(await cast.member.patch(f"/api/messages/{uuid4()}", {"content": "edited"}))
    assert_refused(await cast.member.call("PUT", f"/sync{path[4:]}/{uuid4()}", json={"content": "braid"}))
    await socket.say("MESSAGE_SEND", {"channel_id": cast.channel, "content": "gateway", "nonce": "n"})
    frame = await socket.wait_for(lambda frame: frame["op"] == "MESSAGE_REFUSED")
    assert (frame["d"]["code"], frame["d"]["nonce"]) == ("rate_limited", "n")
    assert frame["d"]["retry_after"] > 0
    assert (await cast.member.get(path)).status == 200, "reading goes on"
    await cast.owner.send(cast.channel, "and so do others")
    await socket.close()


async def test_guessing_addresses_is_limited(strict: Browser) -> None:
    """A refused request counts like an accepted one."""
    person = await Person.register(strict)
    tries = FRIENDS.rate.burst + 3
    path = "/api/friends/request"
    answers = await asyncio.gather(*(person.post(path, {"to_email": f"{n}@example.org"}) for n in range(tries)))
    refused = [answer for answer in answers if answer.status != 200]
    assert len(refused) == 3
    assert_refused(refused[0])
    await person.expect(200, "GET", "/api/contacts")


async def test_presence_is_limited_too(strict: Browser) -> None:
    person, other = await Person.register(strict), await Person.register(strict)
    socket = await person.socket()
    await asyncio.gather(*(person.get("/api/server-templates") for _ in range(ACCOUNT.rate.burst + 10)))
    await socket.say("PRESENCE_UPDATE", {"custom_status": "too many"})
    await socket.say("HEARTBEAT")
    await socket.wait_for(lambda frame: frame["op"] == "HEARTBEAT_ACK")
    profile = await other.expect(200, "GET", f"/api/users/{person.id}")
    assert profile["custom_status"] is None, "it is dropped, and the socket stays"
    await socket.close()


async def test_what_many_receive_has_limits_of_its_own(strict: Browser) -> None:
    cast = await gather_community(lambda name: Person.register(strict, name))
    message = await cast.owner.send(cast.channel, "hello")
    reaction = f"/api/channels/{cast.channel}/messages/{message['id']}/reactions/%F0%9F%91%8D"
    server = f"/api/servers/{cast.server}"
    actions: dict[Limit, Callable[[], Awaitable[Answer]]] = {
        PROFILE: lambda: cast.member.patch("/api/users/@me", {"bio": uuid4().hex}),
        NICKNAME: lambda: cast.member.patch(f"{server}/members/@me", {"nickname": uuid4().hex[:20]}),
        REACTIONS: lambda: cast.member.call("PUT", reaction),
        SNAPSHOTS: lambda: cast.member.get(f"/sync/servers/{cast.server}"),
        INVITES: lambda: cast.member.get("/api/invites/unknown"),
        JOINS: lambda: cast.outsider.post("/api/invites/unknown/accept"),
    }
    for limit, act in actions.items():
        answers = [await act() for _ in range(limit.rate.burst)]
        assert 429 not in {answer.status for answer in answers}, limit.name
        assert_refused(await act())
    assert_refused(await cast.outsider.post(f"{server}/join"))
    assert_refused(await cast.member.delete(reaction))
    assert_refused(await cast.member.get(f"{server}/members"))
    assert_refused(await cast.member.delete("/api/users/@me/avatar"))
    assert_refused(await cast.member.post(f"{server}/invites", {}))
    await cast.member.send(cast.channel, "everything else goes on")


async def test_presence_frames_have_a_limit_of_their_own(strict: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_frames, "FRAMES_PER_SECOND", 1000)
    person = await Person.register(strict)
    socket = await person.socket()
    for number in range(PRESENCE.rate.burst + 1):
        await socket.say("PRESENCE_UPDATE", {"custom_status": f"{number}"})
    await socket.say("HEARTBEAT")
    await socket.wait_for(lambda frame: frame["op"] == "HEARTBEAT_ACK")
    profile = await person.expect(200, "GET", "/api/users/@me")
    assert profile["custom_status"] == f"{PRESENCE.rate.burst - 1}"
    await socket.close()


async def test_opening_sockets_is_limited(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rate(monkeypatch, SOCKETS, Rate(0.001, 2))
    async with serving(settings_for(database_url, RATE_LIMITS="on")) as server:
        person, other = [await Person.register(Browser(server.url, http)) for _ in range(2)]
        sockets = [await person.socket() for _ in range(2)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await Socket.open(person)
        assert caught.value.status == 429
        assert caught.value.headers is not None
        assert int(caught.value.headers["Retry-After"]) > 0
        for socket in [*sockets, await other.socket()]:
            await socket.close()


async def test_guessing_from_one_address_is_slowed_down(behind_proxy: Browser) -> None:
    names = [f"nobody{number}" for number in range(LOGIN.rate.burst + 2)]
    answers = [await log_in(behind_proxy, name, "", address="198.51.100.7") for name in names]
    statuses = [answer.status for answer in answers]
    assert statuses == [400] * LOGIN.rate.burst + [429] * 2
    assert_refused(answers[-1])
    assert (await log_in(behind_proxy, "nobody", "", address="198.51.100.8")).status == 400
    mode = await behind_proxy.get("/api/instance/registration-mode", headers={"X-Forwarded-For": "198.51.100.7"})
    assert mode.status == 200, "everything else goes on"


async def test_guessing_at_one_account_is_slowed_down_from_everywhere(behind_proxy: Browser) -> None:
    burst = GUESSES.rate.burst
    victim, calm = await Person.register(behind_proxy), await Person.register(behind_proxy)
    for name in (victim.username, f"nobody{uuid4().hex}"):
        spellings = [name, name.upper(), f" {name}"]
        answers = [await log_in(behind_proxy, spellings[n % 3], "wrong wrong") for n in range(burst + 2)]
        assert [answer.status for answer in answers] == [401] * burst + [429] * 2, "a name that nobody has, too"
        assert_refused(answers[-1])
    assert (await log_in(behind_proxy, victim.username, PASSWORD)).status == 429, "the right one tells nothing either"
    assert (await log_in(behind_proxy, calm.username, PASSWORD)).status == 200
    assert (await victim.get("/api/users/@me")).status == 200, "who is logged in stays so"


async def test_the_owner_is_not_shut_out(behind_proxy: Browser) -> None:
    """Their browser keeps a mark from the last time, and is counted by itself."""
    owner, thief = await Person.register(behind_proxy), await Person.register(behind_proxy)
    mark = await device(behind_proxy, owner)
    others = [await device(behind_proxy, thief), f"{mark}x", mark[1:], "x", "."]
    for number in range(GUESSES.rate.burst + 1):
        await log_in(behind_proxy, owner.username, "wrong wrong", device=others[number % len(others)])
    assert (await log_in(behind_proxy, owner.username, PASSWORD)).status == 429
    assert (await log_in(behind_proxy, owner.username, PASSWORD, device=mark)).status == 200
    answers = [
        await log_in(behind_proxy, owner.username, "wrong wrong", device=mark) for _ in range(GUESSES.rate.burst + 1)
    ]
    assert answers[-1].status == 429, "a browser that was stolen cannot guess without end"


async def device(browser: Browser, person: Person) -> str:
    """The mark that a browser gets when its person logs in."""
    answer = await browser.http.post(
        f"{browser.url}/api/auth/login",
        json={"username": person.username, "password": PASSWORD},
        headers={"X-Forwarded-For": f"203.0.113.{uuid4().int % 250}"},
    )
    cookie = answer.cookies["coterie_device"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/api/auth", True, "strict")
    return cookie.value


async def test_right_passwords_are_not_counted(behind_proxy: Browser) -> None:
    person = await Person.register(behind_proxy)
    for _ in range(GUESSES.rate.burst + 5):
        assert (await log_in(behind_proxy, person.username, PASSWORD)).status == 200


async def test_the_current_password_cannot_be_guessed_either(strict: Browser) -> None:
    person = await Person.register(strict)
    change = {"current_password": "wrong wrong", "new_password": "another one"}
    burst = PASSWORDS.rate.burst
    tries = [await person.post("/api/auth/change-password", change) for _ in range(burst + 1)]
    assert [answer.status for answer in tries] == [403] * burst + [429]
    phone = await log_in(strict, person.username, PASSWORD)
    other = Person(strict, phone.body)
    assert_refused(await other.post("/api/auth/change-password", change))


async def test_repeating_the_right_password_is_limited_too(strict: Browser) -> None:
    """Each costs a hash, and everyone's logins wait for those."""
    person = await Person.register(strict)
    burst = PASSWORDS.rate.burst
    change = {"current_password": PASSWORD, "email": None}
    answers = await asyncio.gather(*(person.post("/api/auth/change-email", change) for _ in range(burst + 4)))
    assert sorted(answer.status for answer in answers) == [200] * burst + [429] * 4
    assert_refused(await person.post("/api/auth/change-password", change | {"new_password": "another one"}))


@pytest.mark.parametrize(
    ("prefix", "count"), [("2001:db8:7:{:x}::1", 60), ("203.0.113.{}", 60)], ids=["an IPv6 /48", "an IPv4 /24"]
)
async def test_a_network_of_addresses_does_not_log_in_without_end(
    behind_proxy: Browser, prefix: str, count: int
) -> None:
    tries = LOGIN_NETWORK.rate.burst + 5
    addresses = [prefix.format(number % count) for number in range(tries)]
    answers = [await log_in(behind_proxy, uuid4().hex, "", address=address) for address in addresses]
    assert [answer.status for answer in answers] == [400] * (tries - 5) + [429] * 5
    assert (await log_in(behind_proxy, uuid4().hex, "", address="2001:db8:8::1")).status == 400
    assert (await log_in(behind_proxy, uuid4().hex, "", address="203.0.114.1")).status == 400


async def test_all_processes_count_guesses_together(
    without_refill: None, database_url: str, http: aiohttp.ClientSession
) -> None:
    settings = settings_for(database_url, RATE_LIMITS="on")
    async with serving(settings) as one, serving(settings) as another:
        processes = [Browser(one.url, http), Browser(another.url, http)]
        victim = await Person.register(processes[0])
        burst = GUESSES.rate.burst
        answers = [await log_in(processes[n % 2], victim.username, "wrong wrong") for n in range(burst + 2)]
        assert [answer.status for answer in answers] == [401] * burst + [429] * 2
        assert_refused(answers[-1])
        tries = LOGIN.rate.burst - 1 - burst - 2
        at_once = await asyncio.gather(*(log_in(processes[n % 2], uuid4().hex, "") for n in range(tries + 6)))
        assert sorted(answer.status for answer in at_once) == [400] * tries + [429] * 6, "and logins of an address"


async def test_a_refused_login_costs_the_network_nothing(behind_proxy: Browser) -> None:
    for _ in range(LOGIN_NETWORK.rate.burst + 50):
        await log_in(behind_proxy, uuid4().hex, "", address="203.0.113.7")
    assert (await log_in(behind_proxy, uuid4().hex, "", address="203.0.113.8")).status == 400


async def test_full_buckets_are_swept(
    database_url: str, http: aiohttp.ClientSession, pool: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rate(monkeypatch, LOGIN, Rate(1000, 20))
    set_rate(monkeypatch, LOGIN_NETWORK, Rate(1000, 100))
    monkeypatch.setattr("coterie.services.running.LIMITS_SECONDS", 0.05)
    async with serving(settings_for(database_url, RATE_LIMITS="on")) as server:
        await Person.register(Browser(server.url, http))
        while await pool.fetchval("SELECT count(*) FROM rate_limits"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("one", "another", "is_same"),
    [
        ("198.51.100.1", "198.51.100.2", False),
        ("1.1.1.1, 198.51.100.1", "2.2.2.2, 198.51.100.1", True),
        ("198.51.100.1, 10.0.0.5", "198.51.100.1, 10.0.0.6", True),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
async def test_a_trusted_proxy_names_the_client(behind_proxy: Browser, one: str, another: str, is_same: bool) -> None:
    """Only what our own proxies wrote is used, which is the end of the list."""
    for _ in range(LOGIN.rate.burst):
        assert (await log_in(behind_proxy, uuid4().hex, "", address=one)).status == 400
    assert (await log_in(behind_proxy, "x", "", address=another)).status == (429 if is_same else 400)


async def test_other_proxies_are_ignored(strict: Browser) -> None:
    answers = [await log_in(strict, uuid4().hex, "", address=f"198.51.100.{n}") for n in range(LOGIN.rate.burst + 1)]
    assert answers[-1].status == 429


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("no:address", "no:address"),
    ],
)
def test_what_counts_as_one_client(host: str, site: str) -> None:
    assert site_of(host) == site


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("198.51.100.1", "198.51.100.0/24"),
        ("::ffff:198.51.100.1", "198.51.100.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("unknown", "unknown"),
    ],
)
def test_which_addresses_are_of_one_network(host: str, network: str) -> None:
    assert network_of(host) == network


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def allowed(limiter: Limiter, key: str = "k") -> bool:
    try:
        limiter.check(key)
    except CoterieError:
        return False
    return True


def test_a_bucket_empties_and_fills_again() -> None:
    clock = Clock()
    limiter = Limiter(Rate(2, burst=5), clock)
    assert [allowed(limiter) for _ in range(6)] == [True] * 5 + [False]
    assert allowed(limiter, "another")
    clock.now += 0.5
    assert [allowed(limiter) for _ in range(2)] == [True, False]
    clock.now += 100
    assert [allowed(limiter) for _ in range(6)] == [True] * 5 + [False]


def test_the_error_says_how_long_to_wait() -> None:
    clock = Clock()
    limiter = Limiter(Rate(0.5, burst=1), clock)
    limiter.check("k")
    clock.now += 0.6
    with pytest.raises(CoterieError) as caught:
        limiter.check("k")
    assert caught.value.retry_after == pytest.approx(1.4)
    assert caught.value.headers() == {"Retry-After": "2"}, "after one second it would be refused again"
    assert caught.value.body()["retry_after"] == 1.4
    clock.now += 1.4
    assert allowed(limiter)


def test_what_is_given_back_can_be_used_again() -> None:
    limiter = Limiter(Rate(1, burst=2), Clock())
    for _ in range(10):
        limiter.check("k")
        limiter.give_back("k")
    limiter.give_back("a key that nobody used")
    assert [allowed(limiter) for _ in range(3)] == [True, True, False]


def test_the_table_is_bounded() -> None:
    limiter = Limiter(Rate(1, burst=1), Clock())
    for number in range(TABLE_LIMIT + 1):
        limiter.check(f"{number}")
    assert allowed(limiter, "0"), "the one used longest ago made room"
    assert not allowed(limiter, f"{TABLE_LIMIT}")
