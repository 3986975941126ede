"""The audit of the packages ends the check for a vulnerable one, and says where it could not look.

The databases are stand-ins in this process, with the advisories of two real packages in the form of the real answers.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.operating.conftest import ROOT
from tests.patience import PATIENCE

pytestmark = [
    pytest.mark.extended("says nothing about a change, and needs programs or databases that others keep"),
    pytest.mark.longer,
    pytest.mark.skipif(not shutil.which("npm"), reason="this machine has no npm"),
]

VULNERABLE = "jinja2==2.4.1 \\\n    --hash=sha256:" + "0" * 64 + "\n"
SOUND = "jinja2==3.1.6 \\\n    --hash=sha256:" + "0" * 64 + "\n"
ADVISORY = {
    "id": "GHSA-462w-v97r-4m45",
    "summary": "Sandbox escape",
    "published": "2019-04-10T14:30:24Z",
    "affected": [
        {
            "package": {"name": "jinja2", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.10.1"}]}],
            "versions": ["2.4.1"],
        }
    ],
}
BULK = {
    "minimist": [
        {
            "id": 1097678,
            "url": "https://github.com/advisories/GHSA-xvch-5gv4-984h",
            "title": "Prototype pollution",
            "severity": "critical",
            "vulnerable_versions": "<0.2.4",
            "cwe": ["CWE-1321"],
            "cvss": {"score": 9.8, "vectorString": None},
        }
    ]
}


class Database(BaseHTTPRequestHandler):
    """Both databases: OSV's query, and npm's advisories for a lock file."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/-/npm"):
            self._answer(BULK)
        else:
            asked = json.loads(body)
            self._answer({"vulns": [ADVISORY]} if asked["version"] == "2.4.1" else {})

    def _answer(self, answer: Any) -> None:
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def database() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Database) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def audited(tmp_path: Path, database: str, pins: str, minimist: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The end of an audit of a checkout with these packages."""
    for name in ("constraints.txt", "constraints/build.txt", "constraints/fuzz.txt", "constraints/node.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(pins)
    for name in ("web", "tests/braid_client"):
        (tmp_path / name).mkdir(parents=True)
        package = {"name": "x", "version": "1.0.0", "dependencies": {"minimist": minimist}}
        (tmp_path / name / "package.json").write_text(json.dumps(package))
        packages = {"": package, "node_modules/minimist": {"version": minimist}}
        lock = {"name": "x", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}
        (tmp_path / name / "package-lock.json").write_text(json.dumps(lock))
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "audit.py").write_text((ROOT / "scripts" / "audit.py").read_text())
    variables = {**os.environ, "OSV_URL": f"{database}/v1/query", "npm_config_registry": database, **more}
    command = [sys.executable, str(tmp_path / "scripts" / "audit.py")]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=2 * PATIENCE)


def test_a_vulnerable_package_fails_the_check(tmp_path: Path, database: str) -> None:
    ended = audited(tmp_path, database, VULNERABLE, "0.0.8")
    assert ended.returncode == 1, ended
    assert "constraints/node.txt: jinja2 2.4.1: GHSA-462w-v97r-4m45, mended in 2.10.1" in ended.stdout
    assert "web: minimist: critical, https://github.com/advisories/GHSA-xvch-5gv4-984h" in ended.stdout
    assert "cannot be reached" not in ended.stdout


def test_sound_packages_pass_it(tmp_path: Path, database: str) -> None:
    ended = audited(tmp_path, database, SOUND, "1.2.8")
    assert (ended.returncode, ended.stdout) == (0, "No known vulnerabilities.\n"), ended


@pytest.mark.parametrize(("required", "code"), [("", 0), ("1", 1)])
def test_without_a_database_it_says_so(tmp_path: Path, required: str, code: int) -> None:
    ended = audited(tmp_path, "http://127.0.0.1:9", SOUND, "1.2.8", REQUIRE_AUDIT=required)
    assert ended.returncode == code, ended
    assert ended.stdout.count("is not audited, since its database cannot be reached") == 6
