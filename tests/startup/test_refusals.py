"""Each reason for which `serve` does not start: one line naming the setting and the remedy, its own exit code."""

import socket
import tempfile
from pathlib import Path

import pytest

from coterie.process.refusals import Exit
from tests.startup.conftest import BRIEFLY, Databases, Ended, coterie
from tests.startup.old_postgres import old_postgres

EXAMPLE = str(Path(__file__).with_name("example.py"))
NOWHERE = "postgresql://coterie:hunter2@127.0.0.1:1/coterie"


def serve(**variables: str) -> Ended:
    return coterie("serve", variables={"UPLOAD_DIR": tempfile.gettempdir(), **variables})


def test_no_database_named() -> None:
    serve().assert_refused(Exit.SETTINGS, "DATABASE_URL is not set", "postgresql://")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://coterie:hunter2@127.0.0.1/coterie", "DATABASE_URL must be a URL such as postgresql://"),
        ("postgresql://coterie:hunter2@127.0.0.1:port/coterie", "DATABASE_URL is malformed"),
        ("postgresql://coterie:hunter2@127.0.0.1", "DATABASE_URL names no database"),
        ("postgresql:///coterie", "DATABASE_URL names no host"),
        ("postgresql://coterie:hunter2@127.0.0.1/coterie?sslmode=maybe", "DATABASE_URL is malformed"),
    ],
)
def test_malformed_url(url: str, words: str) -> None:
    serve(DATABASE_URL=url).assert_refused(Exit.SETTINGS, words)


def test_another_setting_is_malformed() -> None:
    serve(SERVER_PORT="eighty").assert_refused(Exit.SETTINGS, "SERVER_PORT must be a whole number")


def test_an_unknown_setting() -> None:
    ended = serve(COTERIE_FOO="1")
    ended.assert_refused(Exit.SETTINGS, "COTERIE_FOO is not a Coterie setting; remove it")
    serve(COTERIE_POOLSIZE="1").assert_refused(Exit.SETTINGS, "COTERIE_POOLSIZE", "COTERIE_POOL_SIZE?")


@pytest.mark.parametrize(
    ("secret", "words"), [("", "is not set"), ("short", "has 5 characters"), ("changeme" * 6, "could be guessed")]
)
def test_missing_or_weak_secret(secret: str, words: str) -> None:
    serve(JWT_SECRET=secret, DATABASE_URL=NOWHERE).assert_refused(Exit.SECRET, "JWT_SECRET", words, "openssl rand")


def test_bypass() -> None:
    serve(DEV_AUTH_BYPASS="0", DATABASE_URL=NOWHERE).assert_refused(Exit.BYPASS, "DEV_AUTH_BYPASS", "remove")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_development_for_others(host: str) -> None:
    ended = serve(APP_ENV="development", SERVER_HOST=host, DATABASE_URL=NOWHERE)
    ended.assert_refused(Exit.NOT_ALLOWED_HERE, "APP_ENV=development", host, "remove")


def test_refused_after_waiting() -> None:
    ended = serve(DATABASE_URL=NOWHERE, **BRIEFLY)
    ended.assert_refused(Exit.DATABASE_UNREACHABLE, "DATABASE_URL", "127.0.0.1:1", "refused", "STARTUP_TIMEOUT")
    assert "waiting for the database" in ended.output


def test_host_unknown() -> None:
    ended = serve(DATABASE_URL="postgresql://coterie:hunter2@no-such-host.invalid/coterie", **BRIEFLY)
    ended.assert_refused(Exit.DATABASE_UNREACHABLE, "DATABASE_URL", "no-such-host.invalid", "unknown")


def test_no_such_socket(tmp_path: Path) -> None:
    ended = serve(DATABASE_URL=f"postgresql://coterie@/coterie?host={tmp_path}", **BRIEFLY)
    ended.assert_refused(Exit.DATABASE_UNREACHABLE, "DATABASE_URL", f"the socket in {tmp_path}")


def test_a_server_that_answers_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ended = serve(
            DATABASE_URL=f"postgresql://coterie:hunter2@127.0.0.1:{silent.getsockname()[1]}/coterie", **BRIEFLY
        )
    ended.assert_refused(Exit.DATABASE_UNREACHABLE, "DATABASE_URL", "took too long")


@pytest.mark.parametrize("user", ["guest:wrong", "nobody_here:hunter2"])
def test_a_wrong_user_or_password_is_reported_at_once(databases: Databases, user: str) -> None:
    ended = serve(DATABASE_URL=databases.url("postgres", user))
    code = Exit.DATABASE_LOGIN
    ended.assert_refused(code, "DATABASE_URL", user.partition(":")[0], "correct the user or password")
    assert "wrong" not in ended.complaint
    assert "waiting" not in ended.output


def test_database_missing(databases: Databases) -> None:
    ended = serve(DATABASE_URL=databases.url("no_such_database"))
    ended.assert_refused(Exit.DATABASE_MISSING, "DATABASE_URL", "createdb no_such_database")
    assert "waiting" not in ended.output


def test_no_right_to_connect(databases: Databases) -> None:
    name = databases.new()
    databases.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC, guest")
    serve(DATABASE_URL=databases.url(name)).assert_refused(Exit.DATABASE_RIGHTS, "GRANT CONNECT")


@pytest.mark.parametrize("version", ["14.19", "9.6.24"])
def test_server_too_old(version: str) -> None:
    with old_postgres(version) as url:
        ended = serve(DATABASE_URL=url)
    ended.assert_refused(Exit.DATABASE_VERSION, "DATABASE_URL", version.partition(".")[0], "15 or newer")


def test_no_right_to_create_tables(databases: Databases) -> None:
    name = databases.new()
    databases.execute(f"ALTER DATABASE {name} OWNER TO coterie")
    ended = serve(DATABASE_URL=databases.url(name))
    ended.assert_refused(Exit.DATABASE_RIGHTS, "guest cannot create tables", "GRANT CREATE, USAGE ON SCHEMA public")


def test_a_database_that_takes_no_writes(databases: Databases) -> None:
    name = databases.new()
    databases.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    serve(DATABASE_URL=databases.url(name)).assert_refused(Exit.DATABASE_RIGHTS, "is read-only")


def test_a_database_that_would_lose_messages(databases: Databases) -> None:
    name = databases.new()
    databases.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    ended = serve(DATABASE_URL=databases.url(name))
    ended.assert_refused(Exit.DATABASE_UNSAFE, "synchronous_commit", "COTERIE_ALLOW_UNSAFE_DATABASE")


def test_a_database_in_another_encoding(databases: Databases) -> None:
    name = f"{databases.new()}_latin"
    databases.execute(f"CREATE DATABASE {name} OWNER guest ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    serve(DATABASE_URL=databases.url(name)).assert_refused(Exit.DATABASE_UNSAFE, "SQL_ASCII", "UTF8")


def test_more_connections_than_the_database_allows(databases: Databases) -> None:
    ended = coterie("serve", "--processes", "8", variables={"DATABASE_URL": databases.url(databases.new())})
    ended.assert_refused(Exit.DATABASE_CONNECTIONS, "COTERIE_PROCESSES=8", "COTERIE_POOL_SIZE=25", "208")


def test_a_roles_own_connection_limit_applies(databases: Databases) -> None:
    name = databases.new()
    databases.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 5")
    serve(DATABASE_URL=databases.url(name)).assert_refused(Exit.DATABASE_CONNECTIONS, "allows 5")


def test_port_taken(databases: Databases) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        name = databases.new()
        ended = coterie("serve", "--port", port, variables={"DATABASE_URL": databases.url(name)})
    ended.assert_refused(Exit.ADDRESS, "SERVER_PORT", port, "--port")
    assert table_count(databases, name) == 0, "it must not migrate what another server uses"


@pytest.mark.parametrize("place", ["/proc/nothing", "/dev/null", "/tmp/" + "long" * 100])
def test_uploads_cannot_be_stored(databases: Databases, place: str) -> None:
    name = databases.new()
    ended = serve(DATABASE_URL=databases.url(name), UPLOAD_DIR=place)
    ended.assert_refused(Exit.PLACE, f"UPLOAD_DIR: {place} cannot be written", "correct")
    assert table_count(databases, name) == 0


def test_nothing_is_written_before_the_checks_have_passed(databases: Databases) -> None:
    name = databases.new()
    databases.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    serve(DATABASE_URL=databases.url(name))
    assert table_count(databases, name) == 0


def table_count(databases: Databases, name: str) -> object:
    return databases.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", name)
