"""`python -m bench peers`: its help, the servers that are not installed, their configurations, and what it writes."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from bench import machine
from bench.__main__ import main
from bench.peers import ejabberd, page, prosody, run, synapse
from bench.peers.load import QUICK, Cell, Column
from bench.peers.matrix import joined
from bench.peers.server import Marks, Server, text
from bench.peers.xmpp import Stream
from bench.wire import WrongError

URL = "postgresql://coterie@/bench_peer?host=/run/bench"


def made(kind: type[Server], directory: Path) -> Any:
    """A server with its configuration written; nothing runs."""
    bench: Any = SimpleNamespace(directory=directory)
    rows: Any = None
    server = kind(bench, URL, rows, QUICK.members())
    server.configure()
    return server


def test_the_help(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "peers", "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "ejabberd, Prosody and Synapse" in capsys.readouterr().out


def test_absent_servers_are_named_and_not_started(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    started: list[type[Server]] = []

    async def measure(_: object, kinds: list[type[Server]]) -> tuple[str, list[Column]]:
        started.extend(kinds)
        return "18", []

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(ejabberd, "SCHEMA", tmp_path / "none")
    monkeypatch.setattr(synapse, "PYTHON", tmp_path / "bin" / "python")
    monkeypatch.setattr(run, "_measure", measure)
    monkeypatch.setattr(machine, "description", lambda _: {})
    with pytest.raises(SystemExit) as ended:
        run.run(run.arguments(["--quick", "--data", str(tmp_path / "data")]))
    assert ended.value.code == 0
    assert [kind.name for kind in started] == ["Coterie", "Coterie, REST"]
    said = capsys.readouterr().out
    assert "ejabberd is not installed and is left out: apt-get install ejabberd" in said
    assert "Prosody is not installed and is left out: apt-get install prosody lua-dbi-postgresql" in said
    assert "pip install matrix-synapse" in said


def test_the_configurations_of_ejabberd_and_synapse_are_well_formed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for kind, file in ((ejabberd.Ejabberd, "ejabberd.yml"), (synapse.Synapse, "homeserver.yaml")):
        server = made(kind, tmp_path)
        assert msgspec.yaml.decode((server.directory / file).read_bytes()) == server.configuration()


@pytest.mark.skipif(shutil.which("lua5.4") is None, reason="needs lua5.4, which Prosody's package brings")
def test_the_configuration_of_prosody_is_well_formed(tmp_path: Path) -> None:
    server = made(prosody.Prosody, tmp_path)
    program = f'assert(loadfile("{server.directory}/prosody.cfg.lua"))'
    subprocess.run(["lua5.4", "-e", program], check=True)


def test_a_mark_is_found_once_wherever_it_is_split() -> None:
    whole = f"<body>{text('1-000000001')}</body><body>{text('2-000000001')}</body>".encode()
    for at in range(len(whole)):
        marks = Marks()
        assert [*marks.take(whole[:at]), *marks.take(whole[at:])] == [b"1-000000001", b"2-000000001"]


def test_a_body_in_chunks_is_joined_when_the_last_has_come() -> None:
    body = b"5\r\nhello\r\n6\r\n 0\r\n\r\n\r\n0\r\n\r\n"
    assert joined(body) == b"hello 0\r\n\r\n"
    assert joined(b"5\r\nhello\r\n6\r\n 0\r\n\r\n") is None


async def test_a_message_without_its_archives_id_is_no_acknowledgement() -> None:
    for stored, is_refused in (("<stanza-id id='1'/>", False), ("", True)):
        stream = Stream(1, None)
        stream.connection_made(SimpleNamespace(write=lambda _: None))  # type: ignore[arg-type]
        waiting = stream.send(0, "1-000000001")
        stream.data_received(f"<message><body>{text('1-000000001')}</body>{stored}</message>".encode())
        if is_refused:
            with pytest.raises(WrongError):
                await waiting
        else:
            await waiting


def test_the_table_has_ratios_and_dashes() -> None:
    ours = Column("Coterie", "1", [Cell("sends", "messages/s", 200.0), Cell("start", "s", 2.0)])
    other = Column("Other", "2", [Cell("sends", "messages/s", 50.0)])
    assert page.table([ours, other]) == [
        ["", "Coterie", "Other"],
        ["sends, messages/s", "200", "50 (0.25)"],
        ["start, s", "2", page.NONE],
    ]


def test_the_section_replaces_the_last_one_and_nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    written = tmp_path / "performance.md"
    written.write_text("# Performance\n\nBefore.\n")
    monkeypatch.setattr(page, "PAGE", written)
    monkeypatch.setattr(page, "RESULTS", tmp_path / "results")
    about = {
        "date": "2026-11-21T00:00:00",
        "commit": "abc",
        "cores": 2,
        "processor": "x",
        "memory_gb": 1,
        "disk": "ext4",
    }
    about |= {"postgresql": "18", "load_before": [0.0], "load_after": [0.0]}
    page.record(page.PeersRecord(about, [Column("Coterie", "1", [Cell("sends", "messages/s", 200.0)])]))
    page.write_section()
    written.write_text(written.read_text() + "After.\n")
    once = written.read_text()
    page.write_section()
    assert written.read_text() == once
    assert once.startswith("# Performance\n\nBefore.\n\n<!-- peers -->\n## Beside other servers\n")
    assert once.endswith("<!-- /peers -->\nAfter.\n")
    assert "| sends, messages/s | 200 |" in once
