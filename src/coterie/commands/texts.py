"""The longer texts of `--help`."""

from coterie.refusals import Exit

CODES = "\n".join(f"  {code.value:>3}  {code.meaning}" for code in Exit)

SERVE = f"""Serve for others, on your PostgreSQL.

Checks the settings, the database and its schema, migrates it, and only then opens the port. \
Needs DATABASE_URL (PostgreSQL 15 or newer) and JWT_SECRET; docs/configuration.md has every setting. \
Put a proxy with TLS in front.

\b
Example:
  export DATABASE_URL=postgresql://coterie:password@127.0.0.1:5432/coterie
  export JWT_SECRET=...        # once: openssl rand -hex 32
  coterie serve --processes 2

\b
When it cannot start it says why in one line. Exit codes:
{CODES}
"""

DEV = """Try Coterie on this machine: its own PostgreSQL and the server.

Everything is in one directory; delete it to begin anew. Only this machine can connect. \
Ctrl-C ends both. The address is printed last, once it answers.

\b
Examples:
  coterie dev
  coterie dev --data /srv/coterie-test --port 3001
"""

DOCTOR = """Examine the settings, the database and the machine without serving.

Reads the same environment as `serve`, changes nothing, and says in one line each what it found and what to do. \
Ends with 70 if anything must be put right.

\b
Examples:
  coterie doctor
  coterie doctor --json | jq '.findings[] | select(.state != "ok")'
"""

SEED = """Fill an embedded development instance with a demo community.

"Gaming Squad": alice, bob, charlie, diana and eve (password: password123), channels, roles, and a week of \
conversation. Refuses anywhere but on an embedded instance. May be repeated; nothing is doubled.

\b
Example:
  coterie dev &
  coterie seed
"""

BACKUP = """Make a backup of the whole instance, while it runs: the database and the files, as of one moment.

One file, readable by its owner only. It is a tar that holds PostgreSQL's own dump (compressed), the files as they \
are, and the SHA-256 of everything. There is a file of that name only when it is whole.

It holds every message and every password's hash: keep it as safe as the server. It does not hold the settings: keep \
JWT_SECRET and the other variables apart.

\b
Examples:
  coterie backup /var/backups/coterie/            # coterie-2026-01-31T030000Z.tar
  coterie backup before-upgrade.tar
  coterie backup trial.tar --data ./data
"""

RESTORE = """Restore a backup, into an empty database and an empty file storage.

Nothing is overwritten: it refuses what holds anything. The backup is checked before it begins, counted after it \
ended, and migrated if it comes from an older Coterie.

The database is restored all at once at the end; what was interrupted is begun again by the same command. Clients are \
told by themselves that the history went back.

\b
Examples:
  createdb coterie && coterie restore coterie-2026-01-31T030000Z.tar     # into DATABASE_URL and UPLOAD_DIR
  coterie restore coterie-2026-01-31T030000Z.tar --data ./restored       # an embedded instance
"""

VERIFY = """Look whether everything is there and as it must be: of an instance, which may be serving, or of a backup.

Positions, references, ids, nonces and counts are read from the tables themselves, not from their indexes; every file \
must be there in its size. A backup is checked against its sums, then restored into a PostgreSQL of its own that is \
thrown away (in the directory for temporary files, TMPDIR), and looked at there. Nothing is changed. \
Ends with 72 if something is not as it must be.

\b
Examples:
  coterie verify
  coterie verify coterie-2026-01-31T030000Z.tar
  coterie verify --json | jq '.findings[] | select(.count > 0)'
"""

SMOKE = """Try a deployment from outside, as people use it, and clean up afterwards.

Registers (or logs in), makes a server and a channel, talks and listens, uploads a file and fetches it, cuts the \
connection and resumes, reads over Braid-HTTP, and removes what it made. Says of each step whether it worked and how \
long it took. Ends with 70 if one did not.

An account that it registers stays, logged out, under a password that nobody knows. For regular use give it one of \
its own; its password is read from SMOKE_PASSWORD, else asked for.

\b
Examples:
  coterie smoke https://chat.example.org
  SMOKE_PASSWORD=... coterie smoke https://chat.example.org --user smoke
"""
