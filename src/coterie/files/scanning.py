"""Ask the operator's scanner about every file before it is stored.

A file is scanned when it has arrived completely: otherwise slow uploads would hold clamd's few threads. If nothing
accepts connections, the operator's choice decides. In every other case of trouble the file is refused, since a file
that makes the scanner fail must not pass because of it.
"""

import asyncio
from typing import IO, Final

import structlog

from coterie.errors import CoterieError
from coterie.files import clamd
from coterie.files.errors import FILE_TOO_LARGE, SCANNER_UNAVAILABLE

AT_ONCE: Final = 8
"""Scans of this process; clamd has ten threads by default."""

RETRY_SECONDS: Final = 10
NAME_LENGTH: Final = 200

log = structlog.get_logger(__name__)


class Scanner:
    """The scanner at an address. `seconds` is the time for one file, including the wait for its turn."""

    def __init__(self, address: str, seconds: float, *, is_required: bool) -> None:
        self._address: Final = address
        self._seconds: Final = seconds
        self._is_required: Final = is_required
        self._turns: Final = asyncio.Semaphore(AT_ONCE)

    async def signature_in(self, file: IO[bytes]) -> str | None:
        """The name of the malware in a file, if there is any; raises FILE_TOO_LARGE or SCANNER_UNAVAILABLE."""
        try:
            async with asyncio.timeout(self._seconds), self._turns:
                found = await clamd.signature_in(self._address, file)
        except clamd.ClamdAwayError as problem:
            log.error("files.scanner_away", reason=str(problem), is_required=self._is_required)
            if self._is_required:
                raise _unavailable() from None
            return None
        except clamd.ClamdTooLongError:
            log.error("files.scanner_limit", remedy="set clamd's StreamMaxLength to COTERIE_FILE_LIMIT")
            raise CoterieError(FILE_TOO_LARGE, "The file is too large for the virus scanner.") from None
        except (clamd.ClamdFailedError, TimeoutError) as problem:
            log.error("files.scanner_failed", reason=str(problem) or "no answer in time")
            raise _unavailable() from None
        return found[:NAME_LENGTH] if found else None


def scanner_at(address: str, seconds: float, *, is_required: bool) -> Scanner | None:
    """None without an address."""
    return Scanner(address, seconds, is_required=is_required) if address else None


def _unavailable() -> CoterieError:
    return CoterieError(SCANNER_UNAVAILABLE, retry_after=RETRY_SECONDS)
