"""The messenger's desktop client, as the contract describes it: how it asks, and how it reads what comes.

It follows a conversation with `Subscribe: true` alone, takes each line that begins with `data: ` for a message, and
knows neither event names nor comments. It writes with Bearer and JSON, and reads the first id of a Version.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

import aiohttp

from tests.contract.messenger_shapes import ERROR, ROUTES
from tests.patience import PATIENCE
from tests.shapes import faults


@dataclass
class Walked:
    """Which routes succeeded, and with which refusals they were answered."""

    successes: set[str] = field(default_factory=set)
    refusals: dict[str, set[int]] = field(default_factory=dict)


@dataclass
class Desktop:
    """A user of the client, or an anonymous one: without a token."""

    url: str
    http: aiohttp.ClientSession
    walked: Walked
    token: str | None = None
    user: dict[str, Any] = field(default_factory=dict)

    @classmethod
    async def sign_up(cls, nobody: Self, name: str) -> Self:
        username = f"{name}_{uuid4().hex[:8]}"
        body = {"username": username, "email": f"{username}@example.org", "password": "eight or more"}
        answer = await nobody.call("POST /api/auth/signup", body)
        return cls(nobody.url, nobody.http, nobody.walked, answer["token"], answer["user"])

    async def call(self, route: str, body: Any = None, *, query: str = "", **ids: str) -> Any:
        """Use a route of the contract, which must be answered as it says; returns the body."""
        status, _, answer = await self._ask(route, body, query, {}, ids)
        self._check(route, status, answer)
        return answer

    async def put(self, route: str, body: Any, headers: dict[str, str] | None = None, **ids: str) -> tuple[Any, str]:
        """Write, with Version and Parents as given; returns the body and the first id of the response's Version."""
        status, found, answer = await self._ask(route, body, "", headers or {}, ids)
        self._check(route, status, answer)
        return answer, json.loads(f"[{found['version']}]")[0]

    async def refused(self, expected: int, route: str, body: Any = None, **ids: str) -> None:
        """Use a route in a way that is refused with this status: an error as JSON."""
        status, _, answer = await self._ask(route, body, "", {}, ids)
        assert status == expected, f"{route} answered {status}: {answer}"
        assert status in ROUTES[route].refusals, route
        assert faults(answer, ERROR) == [], route
        self.walked.refusals.setdefault(route, set()).add(status)

    def _check(self, route: str, status: int, answer: Any) -> None:
        expected = ROUTES[route]
        assert status == expected.status, f"{route} answered {status}: {answer}"
        if expected.shape:
            assert faults(answer, expected.shape) == [], route
        else:
            assert answer is None, f"{route} has a body: {answer}"
        self.walked.successes.add(route)

    async def _ask(
        self, route: str, body: Any, query: str, headers: dict[str, str], ids: dict[str, str]
    ) -> tuple[int, dict[str, str], Any]:
        method, _, path = route.partition(" ")
        asked = {**self._authorization(), **headers}
        options = {} if body is None else {"data": body} if isinstance(body, bytes) else {"json": body}
        url = self.url + _filled(path, ids) + query
        async with self.http.request(method, url, headers=asked, **options) as response:
            text = await response.text()
            found = {name.lower(): value for name, value in response.headers.items()}
            return response.status, found, json.loads(text) if text else None

    async def follow(self, route: str, *, query: str = "", **ids: str) -> "Stream":
        """Open a stream with `Subscribe: true` and nothing else."""
        url = self.url + _filled(route.partition(" ")[2], ids) + query
        response = await self.http.get(url, headers={**self._authorization(), "Subscribe": "true"})
        assert response.status == ROUTES[route].status, f"{route} answered {response.status}"
        self.walked.successes.add(route)
        return Stream(route, response)

    def _authorization(self) -> dict[str, str]:
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}


def _filled(path: str, ids: dict[str, str]) -> str:
    for name, value in ids.items():
        path = path.replace(f":{name}", value)
    return path


@dataclass
class Stream:
    """A response that continues."""

    route: str
    response: aiohttp.ClientResponse

    async def message(self) -> Any:
        """What the next `data: ` line says. Each chunk of the network must be whole characters."""
        async with asyncio.timeout(PATIENCE):
            while True:
                line = await self.response.content.readline()
                assert line, f"{self.route} ended, and the client would stop for good"
                line.decode()
                if line.startswith(b"data: "):
                    value = json.loads(line.removeprefix(b"data: "))
                    assert faults(value, ROUTES[self.route].shape) == [], self.route
                    return value

    async def list(self) -> tuple[str, list[Any]]:
        """The next update in the old Braid form: its version, and the whole list."""
        async with asyncio.timeout(PATIENCE):
            headers: dict[str, str] = {}
            while True:
                line = (await self.response.content.readline()).decode().strip()
                if line:
                    name, _, value = line.partition(": ")
                    headers[name.lower()] = value
                elif "content-length" in headers:
                    break
            body = json.loads(await self.response.content.readexactly(int(headers["content-length"])))
            assert all(faults(each, ROUTES[self.route].shape) == [] for each in body), self.route
            return json.loads(headers["version"]), body

    def close(self) -> None:
        self.response.close()
