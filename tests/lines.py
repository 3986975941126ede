"""What a separate process prints, line by line; every wait has a time limit."""

import queue
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path


class Spoken:
    """A running command, and what it has printed so far. `patience` is in seconds."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        variables: Mapping[str, str] | None = None,
        directory: Path | None = None,
        patience: float = 30,
    ) -> None:
        self.process = subprocess.Popen(
            command,
            env=None if variables is None else dict(variables),
            cwd=directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._patience = patience
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    def line(self, containing: str) -> str:
        """The next line that contains the text."""
        while (line := self._queue.get(timeout=self._patience)) is not None:
            self.lines.append(line)
            if containing in line:
                return line
        raise AssertionError(f"no line with {containing!r} in {self.lines}")

    def line_end(self) -> None:
        """Wait until the output is closed: the process and all its children have ended."""
        while (line := self._queue.get(timeout=self._patience)) is not None:
            self.lines.append(line)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait until it has ended, with all its children; returns its exit code."""
        code = self.process.wait(self._patience)
        self.line_end()
        return code

    def clean_up(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(self._patience)
        self._reader.join(self._patience)
        assert self.process.stdout is not None
        self.process.stdout.close()
