"""Why a command ended without doing its work: one line for a person, one exit code for a program.

Operators may rely on the codes: docs/configuration.md lists them, and a number never gets another meaning.
"""

import enum
from typing import Final


class Exit(enum.IntEnum):
    """The exit codes, each with its meaning for the documentation."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> "Exit":
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    FAILED = 1, "an unexpected error; the log has the details"
    USAGE = 2, "the command line is wrong"
    SETTINGS = 10, "a variable is missing, malformed or unknown"
    SECRET = 11, "JWT_SECRET is missing or weak"
    BYPASS = 12, "DEV_AUTH_BYPASS is set"
    DATABASE_UNREACHABLE = 20, "the database did not answer within STARTUP_TIMEOUT"
    DATABASE_LOGIN = 21, "the database rejected the user or password"
    DATABASE_MISSING = 22, "the database does not exist"
    DATABASE_VERSION = 23, "PostgreSQL is older than 15"
    DATABASE_RIGHTS = 24, "the database user cannot create tables, or the database is read-only"
    DATABASE_UNSAFE = 25, "the database may lose acknowledged writes, or is not in UTF-8"
    DATABASE_CONNECTIONS = 26, "the database allows fewer connections than the processes need"
    POOLER = 27, "a pooler is in front of the database, and COTERIE_DATABASE_DIRECT_URL does not lead past it"
    MIGRATION_FAILED = 30, "a migration failed; the schema is as it was before it"
    DATABASE_NEWER = 31, "the database was migrated by a newer Coterie"
    MIGRATION_EDITED = 32, "an applied migration differs from the one in this version of Coterie"
    SCHEMA_DIFFERS = 33, "the schema differs from what the migrations create"
    ADDRESS = 40, "cannot listen on the address, for example because the port is in use"
    PROCESSES = 41, "the server processes exit as soon as they start"
    CLUSTER = 50, "the embedded PostgreSQL cannot start, or stopped unexpectedly"
    NOT_ALLOWED_HERE = 60, "the command is not allowed on this instance"
    NOT_FOUND = 61, "what the command names does not exist"
    NOT_EMPTY = 62, "the target already exists; nothing is overwritten"
    PLACE = 63, "a file or directory cannot be read or written"
    MAIL = 64, "the SMTP server did not accept a mail"
    UNHEALTHY = 70, "`doctor` or `smoke` found a problem that must be fixed"
    INCOMPLETE = 71, "an import has finished, but rows of its source are missing"
    DAMAGED = 72, "something is damaged or missing in a backup, the database or the files; the report lists it"
    BACKUP_KEY = 73, "a backup is encrypted, and COTERIE_BACKUP_KEY is missing, weak or not its key"
    UNTRUSTED = 74, "a backup was made by another instance, is not authenticated, or was changed"


class Refusal(Exception):  # noqa: N818  (it is not an error in the program)
    """The command cannot continue. `sentence` names the setting and what to do, and never a secret."""

    def __init__(self, code: Exit, sentence: str) -> None:
        super().__init__(sentence)
        self.code: Final = code
        self.sentence: Final = sentence
