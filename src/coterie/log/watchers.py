"""Several watchers of the bus as one."""

from typing import Final

from coterie.log.event import BusMessage
from coterie.log.hub import Watcher


class Watchers:
    """Passes everything on to each, in their order."""

    def __init__(self, *watchers: Watcher) -> None:
        self._watchers: Final = list(watchers)

    def add(self, watcher: Watcher) -> None:
        """Pass on to one more, from now on. It has missed what was before."""
        self._watchers.append(watcher)

    def receive(self, message: BusMessage) -> None:
        for watcher in self._watchers:
            watcher.receive(message)

    def set_connected(self, is_connected: bool) -> None:
        for watcher in self._watchers:
            watcher.set_connected(is_connected)

    async def look(self) -> None:
        for watcher in self._watchers:
            await watcher.look()
