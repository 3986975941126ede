"""Compound files, the form of older office documents (.doc, .xls, .ppt), and whether one has a project of macros.

A project is a storage with a stream called `_VBA_PROJECT`, and the directory that names it can be anywhere in the file.
A document that only mentions the name counts as one with macros: then it is saved under a safer name, no more.
PowerPoint compresses its projects, but runs nothing when a presentation is opened.
"""

from typing import Final

OLE: Final = "application/x-ole-storage"
BEGINNING: Final = bytes.fromhex("d0cf11e0a1b11ae1")
PROJECT: Final = "_vba_project".encode("utf-16-le")


class MacroSearch:
    """Searches bytes as they arrive; programs find the name in capitals or not."""

    def __init__(self) -> None:
        self._end = b""
        self.is_found = False

    def see(self, chunk: bytes) -> None:
        seen = self._end + chunk.lower()
        self.is_found = self.is_found or PROJECT in seen
        self._end = seen[-len(PROJECT) + 1 :]
