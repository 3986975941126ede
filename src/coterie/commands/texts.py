"""The longer `--help` texts."""

from coterie.process.refusals import Exit

CODES = "\n".join(f"  {code.value:>3}  {code.meaning}" for code in Exit)

SERVE = f"""Run Coterie for others, on your PostgreSQL.

Checks the settings and the database, migrates its schema, and only then opens the port. \
Needs DATABASE_URL (PostgreSQL 15 or newer) and JWT_SECRET; \
`python -m coterie.commands.settings_page` prints all settings. \
Put a proxy with TLS in front.

\b
Example:
  export DATABASE_URL=postgresql://coterie:password@127.0.0.1:5432/coterie
  export JWT_SECRET=...        # once: openssl rand -hex 32
  coterie serve --processes 2

\b
If it cannot start, it says why in one line. Exit codes:
{CODES}
"""

DEV = """Try Coterie on this machine: its own PostgreSQL and the server.

Everything is in one directory; delete it to start over. Only this machine can connect. \
Ctrl-C stops both. The address is printed last, once the server is ready.

\b
Examples:
  coterie dev
  coterie dev --data /srv/coterie-test --port 3001
"""

DOCTOR = """Check the settings, the database and the machine without starting the server.

Reads the same environment as `serve`, or with --data an embedded instance, changes nothing, and prints one line for \
each check: what it found and what to do. Exits with 70 if anything must be fixed.

\b
Examples:
  coterie doctor
  coterie doctor --json | jq '.findings[] | select(.state != "ok")'
"""

SEED = """Fill an embedded development instance with a demo community.

"Gaming Squad": alice, bob, charlie, diana and eve (password: password123), channels, roles and a week of \
messages. Works only on an embedded instance. Can be repeated; nothing is added twice.

\b
Example:
  coterie dev &
  coterie seed
"""

BACKUP = """Back up the whole instance while it runs: the database and the files, as of one moment.

Writes one file that only its owner can read: a tar archive of PostgreSQL's own dump (compressed), the files as they \
are, and the SHA-256 of everything. A file with its final name is always complete.

It has every message and every password hash: set COTERIE_BACKUP_KEY to encrypt it, or keep it as safe as the server. \
It does not have the settings: keep JWT_SECRET, COTERIE_BACKUP_KEY and the other variables separately. `restore` and \
`verify` use both to recognise it.

\b
Examples:
  coterie backup /var/backups/coterie/            # coterie-2026-01-31T030000Z.tar
  coterie backup before-upgrade.tar
  coterie backup trial.tar --data ./data
"""

RESTORE = """Restore a backup into an empty database and an empty file storage.

Nothing is overwritten: both must be empty. The backup is checked first, its rows are counted afterwards, and it is \
migrated if it comes from an older version of Coterie.

Only backups of this instance are restored: those made with the same JWT_SECRET or COTERIE_BACKUP_KEY. --trust accepts \
others, except those that were changed. Nothing in a backup is run: only rows of Coterie's tables are taken from it.

The database is restored in one step at the end; after an interruption, run the same command again. Clients learn by \
themselves that the history went back.

\b
Examples:
  createdb coterie && coterie restore coterie-2026-01-31T030000Z.tar     # into DATABASE_URL and UPLOAD_DIR
  coterie restore coterie-2026-01-31T030000Z.tar --data ./restored       # an embedded instance
"""

VERIFY = """Check that an instance, running or not, or a backup is complete and consistent.

Positions, references, ids, nonces and counts are read from the tables themselves, not from their indexes; every file \
must exist with the right size. A backup is checked against its checksums, then restored into a temporary PostgreSQL \
(in the directory for temporary files, TMPDIR) and checked there. Nothing is changed. \
Exits with 72 if it finds a problem, and with 74 if the backup is not this instance's.

\b
Examples:
  coterie verify
  coterie verify coterie-2026-01-31T030000Z.tar
  coterie verify --json | jq '.findings[] | select(.count > 0)'
"""

SMOKE = """Test a deployment from outside, as people use it, and clean up afterwards.

Registers (or logs in), creates a server and a channel, sends and receives, uploads and downloads a file, cuts the \
connection and resumes, reads over Braid-HTTP, and removes what it created. Prints for each step whether it worked \
and how long it took. Exits with 70 if a step failed.

An account that it registers stays, logged out, with a password that no one knows. For regular use, give it an \
account; the password is read from SMOKE_PASSWORD, or asked for.

\b
Examples:
  coterie smoke https://chat.example.org
  SMOKE_PASSWORD=... coterie smoke https://chat.example.org --user smoke
"""

NEW_EPOCH = """Tell all clients that this database went back in time, so that each of them fetches everything again.

`coterie restore` does this by itself, and so does `serve` when it finds a database restored in another way. Only a \
whole machine that was rolled back to a snapshot goes unnoticed: stop Coterie, run this, and start it again. Nothing \
else changes; running it needlessly costs each client one fetch of everything.
"""
