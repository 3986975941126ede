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
