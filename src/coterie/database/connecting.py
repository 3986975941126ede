"""Connects to the database for a start or a command, with the URLs in the settings, and explains failures.

It always connects to PostgreSQL itself, not through a pooler, since the callers need the same connection from the first
statement to the last. No error message contains a password.
"""

import asyncio
import os
import socket
import ssl
import time
from typing import Final, TypeAlias
from urllib.parse import parse_qs, urlsplit

import asyncpg
import structlog

from coterie.process.log_output import redact
from coterie.process.refusals import Exit, Refusal
from coterie.settings.record import Settings

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

DIRECT: Final = "COTERIE_DATABASE_DIRECT_URL"
_EXAMPLE: Final = "postgresql://coterie:password@127.0.0.1:5432/coterie"
_FILES: Final = frozenset({"sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile"})
"""The parameters of a URL that name files, which must exist before connecting."""

_CURED_BY_WAITING: Final = (
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
)

log = structlog.get_logger("coterie.startup")


def check_database_url(url: str) -> None:
    if not url:
        raise Refusal(Exit.SETTINGS, f"DATABASE_URL is not set; it should look like {_EXAMPLE}")
    if problem := _malformed(url):
        raise Refusal(Exit.SETTINGS, f"DATABASE_URL {problem}; it should look like {_EXAMPLE}")


def check_direct_url(url: str) -> None:
    if problem := _malformed(url) if url else "":
        raise Refusal(Exit.SETTINGS, f"{DIRECT} {problem}; it should look like {_EXAMPLE}")


def _malformed(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is malformed: host or port cannot be read (special characters in a password must be %-encoded)"
    if parts.scheme not in {"postgresql", "postgres"}:
        return "does not begin with postgresql://"
    if port == 0:
        return "names port 0"
    if not parts.hostname and "host" not in parse_qs(parts.query):
        return "names no host"
    if not parts.path.strip("/"):
        return "names no database after the host"
    for name, [path, *_] in parse_qs(parts.query).items():
        if name in _FILES and not os.access(path, os.R_OK):
            return f"names {name}={path}, a file that cannot be read"
    return ""


async def connect(settings: Settings) -> Connection:
    """A separate connection to PostgreSQL itself; waits up to STARTUP_TIMEOUT for a database that may still start."""
    variable = DIRECT if settings.database_direct_url else "DATABASE_URL"
    return await connect_to(settings.direct_url, variable, settings)


async def connect_to(url: str, variable: str, settings: Settings) -> Connection:
    deadline = time.monotonic() + settings.startup_timeout
    pause = 0.1
    while True:
        patience = max(1.0, min(5.0, deadline - time.monotonic()))
        try:
            connection = await asyncpg.connect(url, timeout=patience, statement_cache_size=0)
        except Exception as problem:
            refusal, is_passing = describe(problem, url, variable)
            left = deadline - time.monotonic()
            if not is_passing or left <= 0:
                raise refusal from problem
            log.warning("waiting for the database", reason=reason_for(problem), seconds_left=round(left, 1))
            await asyncio.sleep(min(pause, left))
            pause = min(pause * 2, 5.0)
        else:
            log.info("database reached", at=where(url))
            return connection


def describe(problem: Exception, url: str, variable: str = "DATABASE_URL") -> tuple[Refusal, bool]:
    """The refusal for a failed connection to the URL in a variable, and whether waiting may help."""
    place, user = where(url), urlsplit(url).username or "(the default user)"
    name = urlsplit(url).path.strip("/")
    match problem:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            remedy = "add sslmode=verify-full" if "no encryption" in str(problem) else "correct the user or password"
            sentence = f"{variable}: {place} refused {user}: {redact(str(problem))}; {remedy}"
            return Refusal(Exit.DATABASE_LOGIN, sentence), False
        case asyncpg.ProtocolViolationError() if "authentication failed" in str(problem):  # a pooler's error
            sentence = f"{variable}: {place} refused {user}: {redact(str(problem))}; correct the user or password"
            return Refusal(Exit.DATABASE_LOGIN, sentence), False
        case asyncpg.InvalidCatalogNameError():
            sentence = f"{variable}: {place} has no database {name}; create it with `createdb {name}`"
            return Refusal(Exit.DATABASE_MISSING, sentence), False
        case asyncpg.InsufficientPrivilegeError():
            sentence = f"{variable}: {user} cannot connect to {name}; GRANT CONNECT, or use another user"
            return Refusal(Exit.DATABASE_RIGHTS, sentence), False
        case ssl.SSLError() | ssl.CertificateError():
            sentence = f"{variable}: no TLS with {place}: {reason_for(problem)}; {_tls_remedy(problem)}"
            return Refusal(Exit.DATABASE_UNREACHABLE, sentence), False
        case ConnectionError() if "rejected SSL" in str(problem):
            sentence = f"{variable}: {place} does not support TLS; set `ssl = on` in postgresql.conf, or remove sslmode"
            return Refusal(Exit.DATABASE_UNREACHABLE, sentence), False
        case asyncpg.ClientConfigurationError() | ValueError():
            sentence = f"{variable} is malformed: {redact(str(problem))}"
            return Refusal(Exit.SETTINGS, one_line(sentence)), False
    sentence = (
        f"{variable}: no answer from {place}: {reason_for(problem)}; start PostgreSQL, correct the address, "
        "or raise STARTUP_TIMEOUT if it needs longer"
    )
    return Refusal(Exit.DATABASE_UNREACHABLE, sentence), isinstance(problem, _CURED_BY_WAITING)


_WRONG_NAME: Final = frozenset({62, 64})
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""

_WRONG_TIME: Final = frozenset({9, 10})
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED."""


def _tls_remedy(problem: ssl.SSLError | ssl.CertificateError) -> str:
    code = getattr(problem, "verify_code", 0)
    if code in _WRONG_NAME:
        return "use the host name in PostgreSQL's certificate, or give PostgreSQL a certificate with this name"
    if code in _WRONG_TIME:
        return "renew PostgreSQL's certificate, and check the clocks"
    if code:
        return "set sslrootcert= to the file of the authority that signed PostgreSQL's certificate"
    return "correct sslmode or the certificate"


def reason_for(problem: Exception) -> str:
    """Why a connection failed, in a few words."""
    if isinstance(problem, socket.gaierror):
        return "the host name is unknown"
    if isinstance(problem, ConnectionRefusedError):
        return "connection refused"
    if isinstance(problem, FileNotFoundError):
        return "the socket does not exist"
    if isinstance(problem, TimeoutError):
        return "it took too long"
    return one_line(redact(str(problem))) or type(problem).__name__


def where(url: str) -> str:
    """Host and port of a database URL, to show to people; never the user or password."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    host = parts.hostname or (query.get("host") or ["?"])[0]
    if host.startswith("/"):
        return f"the socket in {host}"
    return f"{host}:{parts.port or (query.get('port') or ['5432'])[0]}"


def one_line(text: str) -> str:
    return " ".join(text.split())
