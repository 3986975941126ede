"""ejabberd, of Debian's package. One Erlang node without distribution, with the whole archive in PostgreSQL.

It stores a message in the archive before the room sends it on, in one statement with PostgreSQL's own
`synchronous_commit`. It connects to PostgreSQL by TCP, since this version knows no other way.
"""

import os
import shutil
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from bench.peers.server import user
from bench.peers.xmpp import HOST, PASSWORD, ROOMS_HOST, XmppServer

LIBRARIES: Final = Path("/usr/lib")
SCHEMA: Final = Path("/usr/share/ejabberd/sql/pg.sql")
DATABASE_HOST: Final = "127.0.0.77"
"""Where PostgreSQL listens for it: not where another PostgreSQL of the machine would."""

CROWD: Final = 5_000


class Ejabberd(XmppServer):
    name: ClassVar[str] = "ejabberd"
    archive: ClassVar[str] = "SELECT txt FROM archive WHERE kind = 'groupchat'"

    @classmethod
    def missing(cls) -> str:
        is_here = SCHEMA.exists() and _program() and shutil.which("erl")
        return "" if is_here else "apt-get install ejabberd erlang-p1-pgsql"

    @classmethod
    def version(cls) -> str:
        return _program()[0].name.removeprefix("ejabberd-")

    def configure(self) -> None:
        written = msgspec.json.format(msgspec.json.encode(self.configuration()), indent=2)
        (self.directory / "ejabberd.yml").write_bytes(written)

    def configuration(self) -> dict[str, Any]:
        """YAML, of which JSON is a part."""
        archive = {"default": "always", "request_activates_archiving": False}
        room = {"mam": True, "persistent": True, "max_users": CROWD}
        unlimited = {"max_users": CROWD, "history_size": 0, "max_user_conferences": 100}
        return {
            "hosts": [HOST],
            "loglevel": "warning",
            "listen": [
                {"port": self.address.port, "ip": self.address.host, "module": "ejabberd_c2s", "shaper": "none"}
            ],
            "auth_method": ["sql"],
            "auth_password_format": "plain",
            "default_db": "sql",
            "sql_type": "pgsql",
            "sql_server": DATABASE_HOST,
            "sql_database": self.database_name,
            "sql_username": "coterie",
            "sql_password": "",
            "shaper_rules": {"max_user_sessions": "infinity"},
            "modules": {
                "mod_roster": {},
                "mod_disco": {},
                "mod_mam": archive,
                "mod_muc": {"host": ROOMS_HOST, **unlimited, "default_room_options": room},
            },
        }

    def command(self) -> list[str]:
        erlang = ["erl", "-noinput", "+K", "true", "+P", "250000", "-mnesia", "dir", f'"{self.directory}/mnesia"']
        return [*erlang, "-s", "ejabberd"]

    def environment(self) -> dict[str, str]:
        places = {
            "ERL_LIBS": str(_program()[0].parent),
            "EJABBERD_CONFIG_PATH": str(self.directory / "ejabberd.yml"),
            "EJABBERD_LOG_PATH": str(self.directory / "ejabberd.log"),
            "ERL_CRASH_DUMP_BYTES": "0",
            "HOME": str(self.directory),
        }
        return {**os.environ, **places}

    async def prepare(self) -> None:
        await self.rows.execute(SCHEMA.read_text())
        await super().prepare()

    async def make_accounts(self) -> None:
        people = [(user(number), PASSWORD) for number in range(self.people)]
        await self.rows.copy_records_to_table("users", columns=("username", "password"), records=people)


def _program() -> list[Path]:
    return [*LIBRARIES.glob("*/ejabberd-*")]
