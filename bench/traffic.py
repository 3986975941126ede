"""What the network carried for a page."""

from dataclasses import dataclass, field
from typing import Any, Final

from playwright.async_api import CDPSession

KINDS: Final = {"Script": "script", "Stylesheet": "style", "Font": "fonts", "Fetch": "data", "Document": "page"}


@dataclass
class Traffic:
    """What the network carried, in bytes by kind, including headers."""

    requests: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    _kinds: dict[str, str] = field(default_factory=dict)

    def listen(self, session: CDPSession) -> None:
        session.on("Network.responseReceived", self._begin)
        session.on("Network.loadingFinished", self._end)

    def stop(self, session: CDPSession) -> None:
        session.remove_listener("Network.loadingFinished", self._end)

    @property
    def program(self) -> float:
        """Kilobytes of what is the same for every user."""
        return (sum(self.sizes.values()) - self.data * 1000) / 1000

    @property
    def data(self) -> float:
        """Kilobytes of messages and everything else that is specific to the user."""
        return self.sizes.get("data", 0) / 1000

    def __str__(self) -> str:
        parts = sorted(self.sizes.items(), key=lambda part: -part[1])
        return ", ".join(f"{kind} {size / 1000:.1f} kB" for kind, size in parts)

    def _begin(self, event: dict[str, Any]) -> None:
        self._kinds[event["requestId"]] = KINDS.get(event["type"], "other")

    def _end(self, event: dict[str, Any]) -> None:
        kind = self._kinds.get(event["requestId"], "other")
        self.requests += 1
        self.sizes[kind] = self.sizes.get(kind, 0) + int(event["encodedDataLength"])
