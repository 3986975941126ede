"""Why a command ends without having done its work: one line for a person, one exit code for a program.

The codes are part of what operators may rely on: they are in docs/configuration.md, and a number is never
given another meaning.
"""

import enum
from typing import Final


class Exit(enum.IntEnum):
    """The exit codes, each with its meaning as the documentation gives it."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> "Exit":
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    FAILED = 1, "an error nobody foresaw; the log has it"
    USAGE = 2, "the command line is wrong"
    SETTINGS = 10, "a variable is missing, malformed or unknown"
    SECRET = 11, "JWT_SECRET is missing or weak"
    BYPASS = 12, "DEV_AUTH_BYPASS is set"
    DATABASE_UNREACHABLE = 20, "the database did not answer within STARTUP_TIMEOUT"
    DATABASE_LOGIN = 21, "the database refused user or password"
    DATABASE_MISSING = 22, "the database does not exist"
    DATABASE_VERSION = 23, "PostgreSQL is older than 15"
    DATABASE_RIGHTS = 24, "the database user may not create tables, or the database is read-only"
    DATABASE_UNSAFE = 25, "the database may lose acknowledged writes, or is not in UTF-8"
    DATABASE_CONNECTIONS = 26, "the database allows fewer connections than the processes need"
    POOLER = 27, "a pooler is in front of the database, and COTERIE_DATABASE_DIRECT_URL does not name what is behind it"
    MIGRATION_FAILED = 30, "a migration failed; the schema is as it was before it"
    DATABASE_NEWER = 31, "the database was migrated by a newer Coterie"
    MIGRATION_EDITED = 32, "an applied migration is not the one that this Coterie has"
    SCHEMA_DIFFERS = 33, "the schema is not the one that the migrations make"
    ADDRESS = 40, "the address cannot be listened on, for example because the port is taken"
    PROCESSES = 41, "the server processes end as soon as they start"
    CLUSTER = 50, "the embedded PostgreSQL cannot be started, or ended by itself"
    NOT_ALLOWED_HERE = 60, "the command is not meant for this instance"
    NOT_FOUND = 61, "what the command names does not exist"
    NOT_EMPTY = 62, "what would be written exists already; nothing is overwritten"
    UNHEALTHY = 70, "`doctor` found something that must be put right"
    INCOMPLETE = 71, "an import is over, and rows of its source are missing"
    DAMAGED = 72, "something is damaged or missing, in a backup, the database or the files; the report names it"


class Refusal(Exception):  # noqa: N818  (it is no error of the program's)
    """The command cannot go on. `sentence` names the setting and what to do, and never a secret."""

    def __init__(self, code: Exit, sentence: str) -> None:
        super().__init__(sentence)
        self.code: Final = code
        self.sentence: Final = sentence
