"""Examines an instance from outside: everything that `serve` needs, and what causes trouble later.

Each check yields one finding with the remedy in the same line. Nothing is changed: no migration runs and no file is
left behind.
"""

import asyncio
import contextlib
import os
import socket
import ssl
import struct
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from obstore.exceptions import BaseError

from coterie.backup.schedule import made_at
from coterie.commands.database_examination import examine_database
from coterie.commands.disk_space import shown, state_of
from coterie.commands.findings import Finding, State, of_refusal
from coterie.commands.mail_examination import examine_mail
from coterie.commands.scanner_examination import examine_scanner
from coterie.database import connecting
from coterie.files.storage import probe
from coterie.process.refusals import Refusal
from coterie.serving.server import bind
from coterie.settings.record import Settings
from coterie.space.disks import disk_of
from coterie.startup import preparation

CERTIFICATE_WARN_DAYS: Final = 14
BACKUP_WARN_HOURS: Final = 26
PATIENCE_SECONDS: Final = 3.0
_STUN_COOKIE: Final = 0x2112A442


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Every finding, in the order in which to fix them."""
    of_settings = (_secret, _bypass, _environment, _limits, _address, _open_files, _files, _backups, _privacy, _proxies)
    for examination in of_settings:
        for finding in examination(settings):
            yield finding
    async for finding in examine_database(settings):
        yield finding
    async for finding in _public_url(settings):
        yield finding
    async for finding in _turn(settings):
        yield finding
    async for finding in examine_scanner(settings):
        yield finding
    async for finding in examine_mail(settings):
        yield finding


def _refused(name: str, check: Callable[[], None], fine: str) -> Finding:
    try:
        check()
    except Refusal as refusal:
        return of_refusal(name, refusal)
    return Finding(name, "ok", fine)


def _secret(settings: Settings) -> Iterator[Finding]:
    yield _refused(
        "secret", lambda: preparation.check_secret(settings.jwt_secret), "JWT_SECRET is long and random enough"
    )


def _bypass(settings: Settings) -> Iterator[Finding]:
    if settings.dev_auth_bypass:
        yield Finding("bypass", "fail", "DEV_AUTH_BYPASS is set", "remove it")


def _environment(settings: Settings) -> Iterator[Finding]:
    if settings.is_development:
        fine = "APP_ENV=development, and only this machine can connect"
        yield _refused("environment", lambda: preparation.check_environment(settings), fine)


def _limits(settings: Settings) -> Iterator[Finding]:
    if not settings.rate_limits:
        yield Finding("rate limits", "warn", "RATE_LIMITS=off: anyone can try any number of passwords", "remove it")


def _address(settings: Settings) -> Iterator[Finding]:
    place = f"{settings.server_host}:{settings.server_port}"
    try:
        bind(settings).close()
    except Refusal as refusal:
        finding = of_refusal("address", refusal)
        yield Finding("address", "ok", f"a server already answers on {place}") if _answers_here(settings) else finding
    else:
        yield Finding("address", "ok", f"{place} is free")


def _answers_here(settings: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.server_host, settings.server_host)  # noqa: S104
    with contextlib.suppress(OSError), socket.create_connection((host, settings.server_port), PATIENCE_SECONDS) as it:
        it.sendall(b"GET /api/health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        return it.recv(12) == b"HTTP/1.1 200"
    return False


def _open_files(settings: Settings) -> Iterator[Finding]:
    import resource

    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = settings.connection_limit
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        yield Finding(
            "open files",
            "warn",
            f"the system allows {allowed}, fewer than COTERIE_CONNECTION_LIMIT={wanted}",
            "raise the limit (LimitNOFILE= in systemd), or lower COTERIE_CONNECTION_LIMIT",
        )


def _files(settings: Settings) -> Iterator[Finding]:
    """Check the object store if there is one, otherwise the directory."""
    if settings.files_url:
        yield _object_store(settings)
    else:
        yield from _upload_dir(settings)
        yield _disk(settings)


def _object_store(settings: Settings) -> Finding:
    remedy = "correct the address, or the store's own variables, such as AWS_ACCESS_KEY_ID and AWS_REGION"
    try:
        probe(settings.files_url)
    except (BaseError, OSError, ValueError) as problem:
        reason = str(problem).partition("\n")[0].replace(settings.files_url, "it")
        return Finding("files", "fail", f"COTERIE_FILES_URL cannot be written: {reason}", remedy)
    return Finding("files", "ok", "COTERIE_FILES_URL can be written and read")


def _upload_dir(settings: Settings) -> Iterator[Finding]:
    directory = settings.upload_dir
    if reason := _why_not_writable(directory):
        found = f"UPLOAD_DIR: {_existing(directory)} cannot be written: {reason}"
        yield Finding("files", "fail", found, "correct its owner or mode")
    else:
        found = "can be written" if _is_directory(directory) else "does not exist yet and can be created"
        yield Finding("files", "ok", f"UPLOAD_DIR: {directory.absolute()} {found}")


def _why_not_writable(directory: Path) -> str | None:
    """Try to write there, or where the directory would be created."""
    try:
        if directory.exists() and not _is_directory(directory):
            return "it is not a directory"
        with tempfile.TemporaryFile(dir=_existing(directory)):
            return None
    except OSError as problem:
        return problem.strerror or str(problem)


def _existing(path: Path) -> Path:
    path = path.absolute()
    return next(place for place in (path, *path.parents) if _is_directory(place))


def _is_directory(path: Path) -> bool:
    """Also False where the path cannot be looked at."""
    with contextlib.suppress(OSError):
        return path.is_dir()
    return False


def _disk(settings: Settings) -> Finding:
    disk = disk_of(settings.upload_dir)
    if disk is None:
        return Finding("disk", "warn", "how much is free where UPLOAD_DIR is cannot be found out", "look at the disk")
    state = state_of(disk, settings.disk_reserve)
    remedy = "" if state == "ok" else "free space, or move UPLOAD_DIR to a larger disk"
    return Finding("disk", state, f"UPLOAD_DIR: {shown(disk, settings.disk_reserve)}", remedy)


def _backups(settings: Settings) -> Iterator[Finding]:
    """Where the daily backups are, and how old the last one is."""
    if not settings.backup_directory:
        return
    directory = Path(settings.backup_directory)
    if reason := _why_not_writable(directory):
        found = f"COTERIE_BACKUP_DIRECTORY: {directory} cannot be written: {reason}"
        yield Finding("backups", "fail", found, "create it, and give it to the user that runs Coterie")
        return
    newest = max(made_at(directory).values(), default=None)
    hours = (datetime.now(UTC) - newest).total_seconds() / 3600 if newest else None
    state: State = "ok" if hours is not None and hours < BACKUP_WARN_HOURS else "warn"
    remedy = "" if state == "ok" else "look for backup.failed in the log, or make one now with `coterie backup`"
    yield Finding("backups", state, f"the newest is {hours:.0f} hours old" if hours is not None else "none yet", remedy)


def _privacy(settings: Settings) -> Iterator[Finding]:
    """Uploads and backups that other users of this machine can read; what Coterie creates they cannot."""
    places = {"COTERIE_BACKUP_DIRECTORY": Path(settings.backup_directory)} if settings.backup_directory else {}
    if not settings.files_url:
        places["UPLOAD_DIR"] = settings.upload_dir.absolute()
    for name, place in places.items():
        if _is_directory(place) and (mode := place.stat().st_mode & 0o777) & 0o077:
            found = f"{name}: other users of this machine can look into {place} (mode {mode:o})"
            yield Finding("privacy", "warn", found, f"chmod -R go= {place}")


def _proxies(settings: Settings) -> Iterator[Finding]:
    if settings.is_https and not settings.trusted_proxies:
        yield Finding(
            "proxy",
            "warn",
            "COTERIE_TRUSTED_PROXIES is not set, so everyone behind the proxy shares one rate limit",
            "set it to the proxy's address, for example 127.0.0.1",
        )


async def _public_url(settings: Settings) -> AsyncIterator[Finding]:
    address = urlsplit(settings.public_url)
    if not settings.public_url:
        yield Finding(
            "public address", "warn", "COTERIE_PUBLIC_URL is not set", "set it to the address that people use"
        )
    elif address.scheme == "http" and address.hostname not in {"localhost", "127.0.0.1", "::1"}:
        found = "COTERIE_PUBLIC_URL is http://: passwords are sent unencrypted"
        yield Finding("public address", "fail", found, "put a proxy with TLS in front, and use https://")
    elif address.scheme == "https":
        yield await _certificate(address.hostname or "", address.port or 443)


async def _certificate(host: str, port: int) -> Finding:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=ssl.create_default_context())
    except ssl.SSLCertVerificationError as problem:
        return Finding("TLS", "fail", f"{host}: {problem.verify_message}", "renew the proxy's certificate")
    except (OSError, TimeoutError) as problem:
        found = f"{host}:{port} cannot be reached from here: {connecting.reason_for(problem)}"
        return Finding("TLS", "warn", found, "check the name, proxy and firewall, or try from another machine")
    certificate = writer.get_extra_info("peercert")
    writer.transport.abort()
    return _validity(host, ssl.cert_time_to_seconds(certificate["notAfter"]))


def _validity(host: str, ends: float) -> Finding:
    days = int((ends - time.time()) / 86400)
    state: State = "warn" if days < CERTIFICATE_WARN_DAYS else "ok"
    remedy = "" if state == "ok" else "find out why it is not renewed automatically"
    date = datetime.fromtimestamp(ends, UTC).date().isoformat()
    return Finding("TLS", state, f"the certificate of {host} is valid until {date} ({days} days)", remedy)


async def _turn(settings: Settings) -> AsyncIterator[Finding]:
    if bool(settings.turn_url) != bool(settings.turn_secret):
        missing = "TURN_SECRET" if settings.turn_url else "TURN_URL"
        yield Finding("TURN", "fail", f"{missing} is not set", "set both TURN_URL and TURN_SECRET, or neither")
    elif settings.relay_only and not settings.turn_url:
        yield Finding("TURN", "fail", "COTERIE_RELAY_ONLY is on without TURN_URL", "set TURN_URL, or turn it off")
    elif settings.turn_url:
        yield await _turn_answers(settings.turn_url)


async def _turn_answers(url: str) -> Finding:
    scheme, _, rest = url.partition(":")
    place, _, query = rest.partition("?")
    host, _, port = place.rpartition(":") if place[-1].isdigit() and ":" in place else (place, "", "")
    number = int(port or (5349 if scheme == "turns" else 3478))
    is_stream = scheme == "turns" or "transport=tcp" in query
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await (_connects(host, number) if is_stream else _stun_answers(host, number))
    except (OSError, TimeoutError) as problem:
        found = f"TURN_URL: no answer from {host}:{number}: {connecting.reason_for(problem)}"
        return Finding("TURN", "warn", found, "start it, or correct the address or firewall")
    return Finding("TURN", "ok", f"{host}:{number} answers")


async def _connects(host: str, port: int) -> None:
    _, writer = await asyncio.open_connection(host, port)
    writer.transport.abort()


async def _stun_answers(host: str, port: int) -> None:
    """Send a STUN binding request (RFC 8489), which every TURN server answers without credentials."""
    loop = asyncio.get_running_loop()
    family, _, _, _, address = (await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM))[0]
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.setblocking(False)
        await loop.sock_connect(asking, address)
        await loop.sock_sendall(asking, struct.pack("!HHI", 1, 0, _STUN_COOKIE) + os.urandom(12))
        await loop.sock_recv(asking, 1024)
