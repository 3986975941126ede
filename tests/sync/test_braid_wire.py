"""The bytes of Braid: what is written, exactly, and what is understood."""

import json

import pytest

from coterie.errors import CoterieError
from coterie.sync import braid_wire
from tests.sync.braid_reader import read_update

CAFE = "caf\N{LATIN SMALL LETTER E WITH ACUTE}"


def test_a_snapshot_byte_for_byte() -> None:
    content = f'{{"a":"{CAFE}"}}'.encode()
    assert braid_wire.snapshot("7@abc", content) == (
        b"HTTP 200 OK\r\n"
        b'Version: "7@abc"\r\n'
        b"Parents: \r\n"
        b"Content-Type: application/json\r\n"
        b"Content-Length: 13\r\n"
        b"\r\n"
        b'{"a":"caf\xc3\xa9"}\r\n'
        b"\r\n"
    )


def test_a_patch_byte_for_byte() -> None:
    assert braid_wire.patch("8@abc", 'p"1', "members/1", f'"{CAFE}"'.encode()) == (
        b"HTTP 200 OK\r\n"
        b'Version: "8@abc"\r\n'
        b'Parents: "p\\"1"\r\n'
        b"Content-Length: 7\r\n"
        b'Content-Range: json ["members/1"]\r\n'
        b"\r\n"
        b'"caf\xc3\xa9"\r\n'
        b"\r\n"
    )


def test_a_removal_has_no_content_but_its_length() -> None:
    update = braid_wire.patch("2@a", "1@a", "k", b"")
    assert b"Content-Length: 0\r\n" in update
    assert b"Patches" not in update
    found, rest = read_update(update)
    assert found is not None
    assert (found.key, found.body, rest) == ("k", b"", b"\r\n\r\n")


@pytest.mark.parametrize("update", [braid_wire.snapshot("1", b"{}"), braid_wire.patch("1", "0", "k", b"1")])
def test_no_update_begins_like_a_binary_block(update: bytes) -> None:
    assert update.startswith(b"HTTP 200 OK\r\n")
    assert update.endswith(b"\r\n\r\n")
    assert update.count(b"Content-Length: ") == 1


@pytest.mark.parametrize(
    ("header", "ids"),
    [
        ("", []),
        ("   ", []),
        ('"a-1"', ["a-1"]),
        ('"a-1", "b-2"', ["a-1", "b-2"]),
        ('"a\\"b","\\u00e9-1"', ['a"b', "\N{LATIN SMALL LETTER E WITH ACUTE}-1"]),
        ("7@0123456789ab", ["7@0123456789ab"]),
        ("a-1, b-2", ["a-1", "b-2"]),
    ],
)
def test_versions_are_read(header: str, ids: list[str]) -> None:
    assert braid_wire.read_versions(header) == ids


@pytest.mark.parametrize("header", ['"a', '%"f%c3%bc"', "[1]", '"a" "b"', "a b", "," * 5, '"a",, "b"', "[" * 5000])
def test_what_is_no_list_of_versions_is_refused(header: str) -> None:
    with pytest.raises(CoterieError):
        braid_wire.read_versions(header)


def test_versions_are_written_as_json_strings() -> None:
    header = braid_wire.version_header(['a"b', "c\\d"])
    assert json.loads(f"[{header}]") == ['a"b', "c\\d"]
    assert braid_wire.read_versions(header) == ['a"b', "c\\d"]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, 25), ("", 25), ("often", 25), ("5s", 5), ("22.5s", 22.5), ("20", 20), ("0.1", 1), ("-3", 25), ("900s", 60)],
)
def test_heartbeats_as_asked_within_bounds(header: str | None, seconds: float) -> None:
    assert braid_wire.heartbeat_seconds(header) == seconds


@pytest.mark.parametrize("path", ['["a-b"]', ".a-b", "/a-b"])
def test_a_range_names_one_key(path: str) -> None:
    assert braid_wire.read_key(f"json {path}") == "a-b"


@pytest.mark.parametrize(
    "header", ["", "json", "text [0:1]", 'json ["a"].b', "json [0]", "json /a/b", 'json ["a","b"]']
)
def test_another_range_is_refused(header: str) -> None:
    with pytest.raises(CoterieError):
        braid_wire.read_key(header)


@pytest.mark.parametrize("body", [b"5", b'"hello\r\n\r\n"', b""])
@pytest.mark.parametrize("around", [b"", b"\r\n"])
def test_one_patch_is_read(body: bytes, around: bytes) -> None:
    head = b'Content-Length: %d\r\ncontent-range: json ["k"]\r\n\r\n' % len(body)
    assert braid_wire.read_patch(around + head + body + around) == ('json ["k"]', body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"5",
        b"Content-Length: 1\r\n\r\n5",
        b'Content-Range: json ["k"]\r\n\r\n5',
        b'Content-Length: 2\r\nContent-Range: json ["k"]\r\n\r\n5',
        b'Content-Length: 1\r\nContent-Range: json ["k"]\r\n\r\n5\r\nmore',
        b'Content-Length: 1\r\nContent-Range: json ["k"]\r\n5',
    ],
)
def test_a_broken_patch_is_refused(body: bytes) -> None:
    with pytest.raises(CoterieError):
        braid_wire.read_patch(body)
