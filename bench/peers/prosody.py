"""Prosody, of Debian's package, with its archive in PostgreSQL through mod_storage_sql.

It stores a message in the archive before the room sends it on, in a transaction with PostgreSQL's own
`synchronous_commit`. It has one connection, and waits for each commit before it does anything else.
"""

import os
import shutil
from pathlib import Path
from typing import ClassVar, Final

from bench.peers.server import user
from bench.peers.xmpp import HOST, PASSWORD, ROOMS_HOST, XmppServer

VERSION: Final = Path("/usr/lib/prosody/prosody.version")
DRIVER: Final = "*/lua/*/dbd/postgresql.so"

CONFIGURATION: Final = """\
run_as_root = true
daemonize = false
data_path = "{directory}"
pidfile = "{directory}/prosody.pid"
log = {{ warn = "{directory}/prosody.log" }}

interfaces = {{ "{host}" }}
c2s_ports = {{ {port} }}
modules_enabled = {{ "roster", "saslauth", "disco" }}
modules_disabled = {{ "s2s", "tls", "offline" }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"

storage = "sql"
sql = {{ driver = "PostgreSQL", database = "{database}", username = "coterie", password = "", host = "{socket}" }}

VirtualHost "{domain}"

Component "{rooms}" "muc"
modules_enabled = {{ "muc_mam" }}
muc_room_locking = false
muc_room_default_persistent = true
muc_room_default_history_length = 0
muc_log_by_default = true
muc_log_expires_after = "never"
"""


class Prosody(XmppServer):
    name: ClassVar[str] = "Prosody"
    archive: ClassVar[str] = "SELECT value FROM prosodyarchive WHERE store = 'muc_log'"

    @classmethod
    def missing(cls) -> str:
        has_driver = any(Path("/usr/lib").glob(DRIVER))
        return "" if shutil.which("prosody") and has_driver else "apt-get install prosody lua-dbi-postgresql"

    @classmethod
    def version(cls) -> str:
        return VERSION.read_text().strip()

    def configure(self) -> None:
        (self.directory / "prosody.cfg.lua").write_text(self.configuration())

    def configuration(self) -> str:
        return CONFIGURATION.format(
            directory=self.directory,
            host=self.address.host,
            port=self.address.port,
            database=self.database_name,
            socket=self.socket_directory,
            domain=HOST,
            rooms=ROOMS_HOST,
        )

    def command(self) -> list[str]:
        return ["prosody", "--config", str(self.directory / "prosody.cfg.lua"), "-F"]

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    async def make_accounts(self) -> None:
        columns = ("host", "user", "store", "key", "type", "value")
        people = [(HOST, user(number), "accounts", "password", "string", PASSWORD) for number in range(self.people)]
        await self.rows.copy_records_to_table("prosody", columns=columns, records=people)
