"""Caddy with the file of deploy/ in front of a real server: requests and live deliveries pass through it."""

import asyncio
import contextlib
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import aiohttp
import pytest

from tests.operating.conftest import ROOT
from tests.patience import PATIENCE
from tests.people import Browser, Person
from tests.ports import reserved_port
from tests.serving import serving, settings_for
from tests.startup.conftest import coterie

pytestmark = pytest.mark.extended("says nothing about a change, and needs programs or databases that others keep")

PROGRAM: Final = shutil.which("caddy")


class Served(NamedTuple):
    """Its addresses, with TLS and without, and the authority that signed its certificate."""

    address: str
    plain: str
    root: Path


@contextlib.contextmanager
def caddy(directory: Path, upstream: str) -> Iterator[Served]:
    """Run it, with an authority of its own, as no other is asked here."""
    assert PROGRAM is not None, "skipped otherwise"
    port, plain = reserved_port(), reserved_port()
    text = (ROOT / "deploy/Caddyfile").read_text()
    own = ["admin off", "local_certs", "skip_install_trust", f"http_port {plain}", f"https_port {port}"]
    (directory / "Caddyfile").write_text(text.replace("\n{\n", "\n".join(["\n{", *own, ""]), 1))
    variables = {
        **os.environ,
        "HOME": str(directory),
        "XDG_DATA_HOME": str(directory),
        "XDG_CONFIG_HOME": str(directory),
        "COTERIE_DOMAIN": "localhost",
        "COTERIE_UPSTREAM": upstream,
    }
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [PROGRAM, "run", "--config", str(directory / "Caddyfile"), "--adapter", "caddyfile"],
            env=variables,
            stdout=log,
            stderr=log,
        )
    root = directory / "caddy/pki/authorities/local/root.crt"
    try:
        wait_until_it_answers(process, root, port, directory / "log")
        yield Served(f"https://localhost:{port}", f"http://localhost:{plain}", root)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def wait_until_it_answers(process: "subprocess.Popen[bytes]", root: Path, port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        with contextlib.suppress(OSError):
            ssl.get_server_certificate(("localhost", port), ca_certs=str(root))
            return
        time.sleep(0.05)


@pytest.mark.longer
@pytest.mark.skipif(PROGRAM is None, reason="this machine has no caddy (Debian: apt-get install caddy)")
async def test_everything_goes_through_caddy(database_url: str, tmp_path: Path) -> None:
    settings = settings_for(
        database_url,
        UPLOAD_DIR=str(tmp_path / "files"),
        COTERIE_PUBLIC_URL="https://localhost",
        COTERIE_TRUSTED_PROXIES="127.0.0.1",
    )
    async with serving(settings) as server:
        async with aiohttp.ClientSession() as http:
            await Person.register(Browser(server.url, http))  # the first account is an administrator's
        with caddy(tmp_path, server.url.removeprefix("http://")) as (address, _, root):
            variables = {"SSL_CERT_FILE": str(root)}
            tried = await asyncio.to_thread(coterie, "smoke", address, variables=variables)
    assert tried.code == 0, tried.output + tried.complaint
    assert f"{address} works." in tried.output


@pytest.mark.longer
@pytest.mark.skipif(PROGRAM is None, reason="this machine has no caddy (Debian: apt-get install caddy)")
async def test_no_token_is_logged(tmp_path: Path) -> None:
    """Nothing listens behind it, so Caddy logs every request as an error."""
    secret = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0.c2VjcmV0"
    with caddy(tmp_path, f"127.0.0.1:{reserved_port()}") as (address, _, _):
        async with aiohttp.ClientSession() as http:
            headers = {"Authorization": f"Bearer {secret}", "Cookie": f"coterie_session={secret}"}
            url = f"{address}/ws?token={secret}&follow=own"
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await http.ws_connect(url, headers=headers, protocols=["coterie", f"bearer.{secret}"], ssl=False)
        log = (tmp_path / "log").read_text()
    assert "/ws?" in log
    assert "follow=own" in log
    assert secret not in log


@pytest.mark.longer
@pytest.mark.skipif(PROGRAM is None, reason="this machine has no caddy (Debian: apt-get install caddy)")
async def test_only_pages_are_sent_to_https(tmp_path: Path) -> None:
    """A program that sends a token without TLS is refused, instead of sending it each time, unnoticed."""
    page = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    requests = [
        ("GET", "/?a=b", page, 301),
        ("GET", "/api/servers", {"Accept": "application/json", "Authorization": "Bearer secret"}, 403),
        ("POST", "/api/auth/login", page, 403),
        ("GET", "/sync/me", {"Subscribe": "true"}, 403),
    ]
    with caddy(tmp_path, f"127.0.0.1:{reserved_port()}") as served:
        async with aiohttp.ClientSession() as http:
            for method, path, headers, status in requests:
                async with http.request(method, served.plain + path, headers=headers, allow_redirects=False) as answer:
                    assert answer.status == status, path
                    assert answer.headers.get("Location") == ("https://localhost/?a=b" if status == 301 else None)
