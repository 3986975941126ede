"""What log lines look like, and what they never contain."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from coterie.process import log_output
from coterie.settings.record import Settings

pytestmark = pytest.mark.strict

SECRET = "hunter2hunter2hunter2"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://coterie:{SECRET}@db:5432/coterie",
        f"cannot reach postgres://u:{SECRET}@db/x?sslmode=off now",
        f"GET /ws?token={SECRET}&v=1",
        f"GET /ws?bot_token={SECRET}",
        f"host=db user=u password={SECRET} dbname=x",
        f"authorization: Bearer {SECRET}",
        f"authorization: Bot {SECRET}",
    ],
)
def test_secrets_in_text_are_cut_out(text: str) -> None:
    assert SECRET not in log_output.redact(text)
    assert "***" in log_output.redact(text)


def test_the_rest_stays() -> None:
    assert log_output.redact("postgresql://coterie:pw@db/x?a=b") == "postgresql://coterie:***@db/x?a=b"
    assert log_output.redact("the token of a topic") == "the token of a topic"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_production_lines_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    log_output.configure(Settings())
    structlog.get_logger("ours").info("begun", port=3000, url=f"x://u:{SECRET}@h", nested={"password": SECRET})
    logging.getLogger("theirs").warning("of a library: %s", f"token={SECRET}")
    ours, theirs = lines(capsys)
    assert ours["event"] == "begun"
    assert ours["port"] == 3000
    assert ours["level"] == "info"
    assert ours["url"] == "x://u:***@h"
    assert ours["nested"] == {"password": "***"}
    assert theirs["event"] == "of a library: token=***"


def test_exceptions_keep_their_traceback_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    log_output.configure(Settings())
    try:
        raise ValueError(f"postgresql://u:{SECRET}@h")
    except ValueError:
        structlog.get_logger("ours").exception("it failed")
    output = capsys.readouterr().out
    assert "ValueError" in output
    assert SECRET not in output


def test_development_lines_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    log_output.configure(Settings(log_format="text"))
    structlog.get_logger("ours").info("begun", port=3000)
    try:
        raise ValueError(f"password={SECRET}")
    except ValueError:
        structlog.get_logger("ours").exception("it failed")
    output = capsys.readouterr().out
    assert "begun" in output
    assert "port=3000" in output
    assert "Traceback" in output
    assert SECRET not in output


def test_the_level_is_respected(capsys: pytest.CaptureFixture[str]) -> None:
    log_output.configure(Settings(log_level="error"))
    structlog.get_logger("ours").warning("quiet")
    logging.getLogger("theirs").warning("quiet")
    structlog.get_logger("ours").error("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud"]


def test_what_strangers_can_cause_without_end_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    log_output.configure(Settings())
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logging.getLogger("uvicorn.error").info("WebSocket /ws?token=x [accepted]")
    assert capsys.readouterr().out == ""


def test_the_pool_reports_a_lost_database_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    log_output.configure(Settings())
    try:
        raise ConnectionRefusedError("[Errno 111] nobody listens")
    except OSError:
        logging.getLogger("asyncpg.pool").warning("Failed to restore the pool", exc_info=True)
    [line] = lines(capsys)
    assert line["event"] == "Failed to restore the pool (ConnectionRefusedError: [Errno 111] nobody listens)"
    assert "exception" not in line
