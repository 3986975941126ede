"""Synapse, of its wheel, as one process; an event is in PostgreSQL before its request is answered.

Presence is off, which costs Synapse much and which the load does not use; rate limits are too high to apply.
"""

import base64
import os
import subprocess
import time
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from bench.peers.matrix import HOST, Session
from bench.peers.server import Client, OnDelivery, Server, user

PYTHON: Final = Path(os.environ.get("SYNAPSE_PYTHON", "build/synapse/bin/python")).absolute()
UNLIMITED: Final = {"per_second": 1e6, "burst_count": 1_000_000}
ASK_VERSION: Final = "import importlib.metadata; print(importlib.metadata.version('matrix-synapse'))"


class Synapse(Server):
    name: ClassVar[str] = "Synapse"
    archive: ClassVar[str] = "SELECT json FROM event_json JOIN events USING (event_id) WHERE type = 'm.room.message'"

    @classmethod
    def missing(cls) -> str:
        where = PYTHON.parent.parent
        install = f"python3 -m venv {where} && {where}/bin/pip install matrix-synapse psycopg2-binary"
        return "" if PYTHON.exists() else install

    @classmethod
    def version(cls) -> str:
        return subprocess.run([PYTHON, "-c", ASK_VERSION], capture_output=True, text=True, check=True).stdout.strip()

    def configure(self) -> None:
        key = base64.b64encode(os.urandom(32)).decode().rstrip("=")
        (self.directory / "signing.key").write_text(f"ed25519 bench {key}\n")
        for name, content in (("homeserver.yaml", self.configuration()), ("log.yaml", self.logging())):
            (self.directory / name).write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=2))

    def configuration(self) -> dict[str, Any]:
        """YAML, of which JSON is a part."""
        listener = {"port": self.address.port, "bind_addresses": [self.address.host], "type": "http", "tls": False}
        database = {"user": "coterie", "dbname": self.database_name, "host": self.socket_directory}
        return {
            "server_name": HOST,
            "listeners": [{**listener, "resources": [{"names": ["client"]}]}],
            "database": {
                "name": "psycopg2",
                "args": {**database, "cp_min": 5, "cp_max": 10},
                "allow_unsafe_locale": True,  # the cluster sorts by code point; only its name is not "C"
            },
            "log_config": str(self.directory / "log.yaml"),
            "pid_file": str(self.directory / "synapse.pid"),
            "media_store_path": str(self.directory / "media"),
            "signing_key_path": str(self.directory / "signing.key"),
            "trusted_key_servers": [],
            "report_stats": False,
            "presence": {"enabled": False},
            "caches": {"sync_response_cache_duration": "0s"},  # else a user's next session begins where the last began
            "rc_message": UNLIMITED,
            "rc_joins": {"local": UNLIMITED, "remote": UNLIMITED},
            "rc_joins_per_room": UNLIMITED,
            "rc_room_creation": UNLIMITED,
        }

    def logging(self) -> dict[str, Any]:
        console = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr"}
        return {"version": 1, "handlers": {"console": console}, "root": {"level": "WARNING", "handlers": ["console"]}}

    def command(self) -> list[str]:
        return [str(PYTHON), "-m", "synapse.app.homeserver", "--config-path", str(self.directory / "homeserver.yaml")]

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    async def make_accounts(self) -> None:
        people, now = range(self.people), int(time.time())
        users = [(_name(number), now) for number in people]
        tokens = [(number + 1, _name(number), _token(number), "BENCH", False) for number in people]
        devices = [(_name(number), "BENCH") for number in people]
        profiles = [(user(number), user(number), _name(number)) for number in people]
        copy = self.rows.copy_records_to_table
        await copy("users", columns=("name", "creation_ts"), records=users)
        await copy("access_tokens", columns=("id", "user_id", "token", "device_id", "used"), records=tokens)
        await copy("devices", columns=("user_id", "device_id"), records=devices)
        await copy("profiles", columns=("user_id", "displayname", "full_user_id"), records=profiles)

    async def log_in(self, number: int, on_delivery: OnDelivery | None = None) -> Client:
        return await Session.open(self.address, _token(number), on_delivery)


def _name(number: int) -> str:
    return f"@{user(number)}:{HOST}"


def _token(number: int) -> str:
    return f"syt_bench_{number}"
