"""Compares the files in a backup with their list, while the backup is read; both have the same order."""

from typing import IO, Final

from coterie.backup.archive import ReadMember
from coterie.backup.laws import SHOWN
from coterie.backup.manifest import FILES, FOLDER, MISSING, StoredObject


class FileCheck:
    """`count` is the number of files that differ from the list, `examples` are some of them.

    `missing` are the names of those that differed when the backup was made.
    """

    def __init__(self, listed: IO[bytes]) -> None:
        """`listed` is an empty file, for the list."""
        self._listed: Final = listed
        self.count = 0
        self.examples: list[str] = []
        self.missing: list[str] = []

    @property
    def is_complete(self) -> bool:
        """Whether it has what it had when it was made."""
        return self.count == len(self.missing)

    def meet(self, found: ReadMember) -> None:
        """The next member of the backup."""
        if found.name == FILES:
            for chunk in found.chunks:
                self._listed.write(chunk)
            self._listed.seek(0)
        elif found.name.startswith(FOLDER):
            self._meet_file(found.name.removeprefix(FOLDER), found.size)
        elif found.name == MISSING:
            self.missing = found.read().decode().splitlines()

    def end(self) -> None:
        """There are no further members."""
        while line := self._listed.readline():
            self._miss(StoredObject.of(line))

    def _meet_file(self, name: str, size: int) -> None:
        while line := self._listed.readline():
            listed = StoredObject.of(line)
            if listed.name == name:
                if listed.size not in (None, size):
                    self._note(f"{name} has {size} bytes instead of {listed.size}")
                return
            self._miss(listed)
        self._note(f"{name} is on no list")

    def _miss(self, listed: StoredObject) -> None:
        if listed.size is not None:
            self._note(f"{listed.name} is missing")

    def _note(self, sentence: str) -> None:
        self.count += 1
        self.examples = [*self.examples, sentence][:SHOWN]
