"""Examines the scanner of uploads: whether it answers, recognizes what every scanner does, and takes large files."""

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator
from typing import Final

from coterie.commands.findings import Finding
from coterie.files import clamd
from coterie.settings.record import Settings

TEST_FILE: Final = b"".join([rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-", b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"])
"""The harmless file of eicar.org that every scanner reports; written in two parts so that none reports this module."""


async def examine_scanner(settings: Settings) -> AsyncIterator[Finding]:
    """What is found of the scanner, if there is one."""
    if not settings.scanner:
        return
    try:
        async with asyncio.timeout(settings.scanner_timeout):
            yield await _recognizes(settings)
            if finding := await _takes_large_files(settings):
                yield finding
    except clamd.ClamdAwayError as problem:
        found = f"COTERIE_SCANNER: nothing answers at {settings.scanner}: {problem}"
        remedy = "start clamd, correct the address, or give Coterie's user access to the socket"
        yield Finding("scanner", "fail" if settings.scanner_required else "warn", found, remedy)
    except (clamd.ClamdFailedError, TimeoutError) as problem:
        found = (
            f"COTERIE_SCANNER: {settings.scanner} does not answer as clamd does: {str(problem) or 'no answer in time'}"
        )
        yield Finding("scanner", "fail", found, "look into clamd's log")


async def _recognizes(settings: Settings) -> Finding:
    version = await clamd.version(settings.scanner)
    if await clamd.signature_in(settings.scanner, io.BytesIO(TEST_FILE)):
        return Finding("scanner", "ok", f"{version} answers, and recognizes the EICAR test file")
    found = f"{version} answers, but does not recognize the EICAR test file"
    return Finding("scanner", "warn", found, "let freshclam fetch signatures, and restart clamd")


async def _takes_large_files(settings: Settings) -> Finding | None:
    """Send a file of the largest size, of zeros."""
    with tempfile.TemporaryFile() as largest:
        largest.truncate(settings.file_limit)
        try:
            await clamd.signature_in(settings.scanner, largest)
        except clamd.ClamdTooLongError:
            found = (
                f"clamd refuses files of COTERIE_FILE_LIMIT={settings.file_limit} bytes, so users cannot upload them"
            )
            remedy = "raise StreamMaxLength, MaxFileSize and MaxScanSize in clamd.conf, or lower COTERIE_FILE_LIMIT"
            return Finding("scanner limit", "warn", found, remedy)
    return None
