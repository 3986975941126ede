"""Every way in, with an unforeseen error: the client gets a number, the log gets the error, and no row."""

import io
import json
import logging
import re
from collections.abc import Iterator

import aiohttp
import asyncpg
import pytest
import structlog

from coterie.accounts.authentication import Authentication
from coterie.database.connection import Database
from coterie.process import log_output
from coterie.process.tracebacks import traceback_of
from coterie.settings.record import Settings
from coterie.viewer import Viewer
from coterie.voice.signalling import Signalling
from tests.people import Browser
from tests.serving import LiveServer, Register

PRIVATE = "what nobody else may read"

REQUESTS = [
    ("GET", "/api/users/@me"),
    ("POST", "/api/servers"),
    ("GET", "/api/conversations"),
    ("GET", "/sync/me"),
    ("GET", "/sync/channels/01890000-0000-7000-8000-000000000000/messages"),
    ("PUT", "/sync/channels/01890000-0000-7000-8000-000000000000/messages"),
    ("GET", "/collab/01890000-0000-7000-8000-000000000000"),
    ("GET", "/sync/documents/01890000-0000-7000-8000-000000000000/cursors"),
    ("GET", "/realtime"),
    ("GET", "/api/realtime"),
    ("POST", "/typing"),
    ("GET", "/chat"),
    ("PUT", "/api/chat"),
]
"""REST, Braid and event streams, texts, cursors, and the routes of the messenger; the gateway has a test of its own."""


@pytest.fixture
async def refused(pool: Database) -> asyncpg.PostgresError:
    """PostgreSQL's error for a row that it refuses: it quotes the row."""
    await pool.execute("CREATE TABLE notes (words text CHECK (words = ''))")
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await pool.execute("INSERT INTO notes VALUES ($1)", PRIVATE)
    assert PRIVATE in str(caught.value), "PostgreSQL quotes it, or this proves nothing"
    return caught.value


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch, refused: asyncpg.PostgresError) -> None:
    """Nobody can be identified: every way in meets the error."""

    async def viewer(self: Authentication, token: str, **_: bool) -> Viewer:
        raise RuntimeError("while a caller was identified") from refused

    monkeypatch.setattr(Authentication, "viewer", viewer)


def numbered(sentence: str) -> str:
    [number] = re.findall(r"\b[0-9a-f]{12}\b", sentence)
    return str(number)


@pytest.mark.parametrize(("method", "path"), REQUESTS)
async def test_every_request(
    method: str, path: str, browser: Browser, breaking: None, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = {"Authorization": "Bearer x.y.z", "Subscribe": "true", "Accept": "text/event-stream"}
    answer = await browser.call(method, path, json={}, headers=headers)
    assert (answer.status, answer.code) == (500, "internal")
    assert PRIVATE not in json.dumps(answer.body)
    logged = "".join(capsys.readouterr())
    assert numbered(answer.body["error"]) in logged
    assert "CheckViolationError" in logged
    assert PRIVATE not in logged


async def test_the_handshake_of_a_socket(
    live_server: LiveServer, http: aiohttp.ClientSession, breaking: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await http.ws_connect(f"{live_server.url}/ws?token=x.y.z")
    assert caught.value.status == 500
    logged = "".join(capsys.readouterr())
    assert "CheckViolationError" in logged
    assert PRIVATE not in logged


async def test_a_socket_that_is_open(
    register: Register,
    refused: asyncpg.PostgresError,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def relay(self: Signalling, viewer: Viewer, raw: object) -> None:
        raise RuntimeError("while a signal was relayed") from refused

    monkeypatch.setattr(Signalling, "relay", relay)
    socket = await (await register()).socket()
    await socket.say("VOICE_SIGNAL", {})
    assert await socket.wait_for_close() == 1013
    logged = "".join(capsys.readouterr())
    assert "CheckViolationError" in logged
    assert PRIVATE not in logged


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    """What `serve` would write to its log."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    log_output.configure(Settings(), stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


async def test_what_another_library_logs(refused: asyncpg.PostgresError, output: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=refused)
    assert "CheckViolationError" in output.getvalue()
    assert PRIVATE not in output.getvalue()


async def test_a_value_that_does_not_fit_its_type(pool: Database) -> None:
    errors: list[BaseException] = []
    for statement, value in (("SELECT $1::int", PRIVATE), ("SELECT $1::text::int", PRIVATE)):
        with pytest.raises(asyncpg.DataError) as caught:
            await pool.fetchval(statement, value)
        errors.append(caught.value)
    assert any(PRIVATE in str(error) for error in errors)
    group = ExceptionGroup("both", [error for error in errors if isinstance(error, Exception)])
    assert PRIVATE not in traceback_of(group)
