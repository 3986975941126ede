"""Several server processes on one listening socket, kept alive by this one.

The parent serves nothing and holds nothing that can break. A process that dies is replaced, immediately the first
time and then after growing pauses; if they die before any of them has served, the start has failed. Only the parent
holds the other end of a pipe, so the children notice when it is gone.
"""

import contextlib
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Final

import structlog

from coterie.metrics.siblings import Siblings, Slot, slot
from coterie.process.refusals import Exit, Refusal
from coterie.serving.server import Create, HttpServer, run_here
from coterie.settings.record import Settings

LONG_ENOUGH_SECONDS: Final = 10.0
LONGEST_PAUSE_SECONDS: Final = 5.0
ATTEMPTS_AT_START: Final = 3
STOP_SECONDS: Final = 3.0

log = structlog.get_logger("coterie.serving.server")
_context = multiprocessing.get_context("fork")


class Child:
    """One of the numbered server processes, and when to start it again."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.process: ForkProcess | None = None
        self.ready: Connection | None = None
        self.pause = 0.0
        self.due = 0.0
        self.began = 0.0

    def schedule_again(self, now: float) -> None:
        lived = now - self.began
        self.pause = 0.0 if lived > LONG_ENOUGH_SECONDS else min(max(0.1, self.pause * 2), LONGEST_PAUSE_SECONDS)
        self.due = now + self.pause
        self.process = None


class Supervisor:
    def __init__(self, settings: Settings, listener: socket.socket, create: Create) -> None:
        self._settings, self._listener, self._create = settings, listener, create
        self._children = [Child(number) for number in range(1, settings.processes + 1)]
        self._siblings = Siblings.made(settings.processes)
        self._waking, self._wake = os.pipe()
        self._watched, self._alive = os.pipe()
        self._is_stopping = False
        self._deaths = 0
        self._served: set[int] = set()

    def run(self, announce: Callable[[], None]) -> None:
        """Serve until SIGTERM or SIGINT. `announce` is called once every process answers."""
        os.set_blocking(self._wake, False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        try:
            while not self._is_stopping:
                self._start_due()
                self._wait()
                self._collect(announce)
        finally:
            self._end_all()

    def _stop(self, number: int, frame: object) -> None:
        self._is_stopping = True
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake, b"!")

    def _start_due(self) -> None:
        for child in self._children:
            if child.process is None and child.due <= time.monotonic() and not self._is_stopping:
                self._start(child)

    def _start(self, child: Child) -> None:
        child.ready, sender = _context.Pipe(duplex=False)
        child.began = time.monotonic()
        child.process = _context.Process(
            target=self._run_child, args=(child.number, sender), name=f"coterie-{child.number}", daemon=True
        )
        child.process.start()
        sender.close()

    def _run_child(self, number: int, sender: Connection) -> None:
        for caught in (signal.SIGINT, signal.SIGTERM):
            signal.signal(caught, signal.SIG_DFL)
        for descriptor in (self._alive, self._wake, self._waking):
            os.close(descriptor)
        structlog.contextvars.bind_contextvars(process=number)
        slot.set(Slot(self._siblings, number))

        def on_ready(server: HttpServer) -> None:
            sender.send_bytes(b"ready")
            sender.close()

        run_here(self._settings, self._listener, self._create, on_ready, ends_with=self._watched)

    def _wait(self) -> None:
        running = [child for child in self._children if child.process is not None]
        due = [child.due for child in self._children if child.process is None]
        timeout = max(0.0, min(due) - time.monotonic()) if due else None
        sources: list[int | Connection] = [self._waking]
        sources += [child.process.sentinel for child in running if child.process is not None]
        sources += [child.ready for child in running if child.ready is not None]
        wait(sources, timeout)

    def _collect(self, announce: Callable[[], None]) -> None:
        for child in self._children:
            if child.ready is not None and child.ready.poll():
                self._note_ready(child, announce)
            if child.process is not None and not child.process.is_alive() and not self._is_stopping:
                self._note_exit(child)

    def _note_ready(self, child: Child, announce: Callable[[], None]) -> None:
        assert child.ready is not None
        with contextlib.suppress(EOFError):
            child.ready.recv_bytes()
            is_first = len(self._served) < len(self._children)
            self._served.add(child.number)
            log.info("process answers", process=child.number)
            if is_first and len(self._served) == len(self._children):
                announce()
        child.ready.close()
        child.ready = None

    def _note_exit(self, child: Child) -> None:
        assert child.process is not None
        code = child.process.exitcode
        child.process.close()
        child.schedule_again(time.monotonic())
        self._deaths += 1
        if not self._served and self._deaths >= ATTEMPTS_AT_START * len(self._children):
            raise Refusal(Exit.PROCESSES, "the server processes exit as soon as they start; the log says why")
        log.error("process exited unexpectedly, starting it again", process=child.number, exit=code, pause=child.pause)

    def _end_all(self) -> None:
        self._listener.close()  # or the system would keep accepting connections that nobody answers
        if self._siblings is not None:
            self._siblings.remove()
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
