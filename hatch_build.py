"""Refuses to build a wheel or a source archive without the web client, which users could not build themselves."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RequireClient(BuildHookInterface):  # type: ignore[type-arg]
    """Found by hatchling through pyproject.toml."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Stop the build unless the client is there; an editable install serves it once it is built."""
        if version != "editable" and not Path(self.root, "src/coterie/static/index.html").is_file():
            raise FileNotFoundError("The web client is not built. Run `make client` first, or `make wheel` instead.")
