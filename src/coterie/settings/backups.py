"""The settings of backups."""

from typing import Annotated

from coterie.settings.mail import MailSettings
from coterie.settings.server import variable_name
from coterie.settings.values import about


class BackupSettings(MailSettings, frozen=True, kw_only=True, rename=variable_name):
    """When the server makes backups, where, and how they are protected."""

    backup_directory: Annotated[
        str,
        about(
            "Backups",
            "Where the server saves a daily backup of everything; empty for none. If several machines share one "
            "database, set it on only one of them.",
            expected="a directory that the server can write to, best on another disk",
        ),
    ] = ""
    backup_time: Annotated[
        str,
        about(
            "Backups",
            "When the daily backup is made, in UTC; later if the server was not running at that time.",
            expected="a time such as 03:00",
            pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        ),
    ] = "03:00"
    backup_keep_days: Annotated[
        int, about("Backups", "For how many days the last backup of each day is kept.", ge=1, le=3650)
    ] = 7
    backup_keep_weeks: Annotated[
        int,
        about("Backups", "For how many weeks, Monday to Sunday, the last backup of each week is kept.", ge=0, le=520),
    ] = 4
    backup_key: Annotated[
        str,
        about(
            "Backups",
            "Encrypts backups; needed to restore and verify them. Create it with `openssl rand -hex 32` and keep it in "
            "a password manager, away from the backups: without it they are lost. Empty for plain backups.",
            expected="at least 32 random characters",
            secret=True,
        ),
    ] = ""
