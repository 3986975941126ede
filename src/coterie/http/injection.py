"""What a route declares, and what is injected: the caller, and the record of its own package.

A route's options say what else it needs: `public` needs no login; `limit` names the action that it is counted as (or
several), or is "login" where something could be guessed, or "none"; without it, a POST, PUT, PATCH or DELETE that needs
space is counted as "writes"; `cookie` accepts the web client's cookie, for what
a browser fetches by itself, such as pictures; `refusals` are statuses that no other route answers; `usage` is False for
requests that are not counted as usage; `deadline` is False for routes that may take long and have limits of their own;
`space` is False for a POST, PUT or PATCH that works while a disk is full, and `upload` says that a route stores files.
`compressed` marks answers that may be compressed; `coterie.http.compression` says which those are.
"""

from typing import Any, Final, TypeAlias, TypeVar

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from coterie.http.answering import JsonRequest
from coterie.viewer import Viewer

Record = TypeVar("Record")

Injected: TypeAlias = NamedDependency[SkipValidation[Record]]
"""A field of the process's services, by the parameter's name."""

CurrentViewer: TypeAlias = NamedDependency[SkipValidation[Viewer]]

PUBLIC: Final = {"public": True}
LOGIN: Final = {"public": True, "limit": "login"}
UNLIMITED: Final = {"public": True, "limit": "none"}
PASSWORDS: Final = {"limit": "passwords"}
WRITES: Final = {"limit": "writes"}
DELETIONS: Final[dict[str, Any]] = {"limit": ()}
"""Removing messages is bounded by sending them."""

MESSAGES: Final = {"space": False}
"""The gate of messages looks at space and limits itself, for all interfaces (`messages/admission.py`)."""

UPLOADS: Final = {"limit": "uploads", "deadline": False, "upload": True}
PICTURES: Final = {"limit": ("uploads", "profile"), "deadline": False, "upload": True}
SNAPSHOTS: Final = {"limit": "snapshots"}
SEARCH: Final = {"limit": "search"}
INVITES: Final = {"limit": "invites"}
WEBHOOKS: Final = {"limit": "webhooks"}
BOTS: Final = {"limit": "bots"}
INVITES_AND_JOINS: Final = {"limit": ("invites", "joins")}
JOINS: Final = {"limit": "joins"}
SERVERS: Final = {"limit": "servers"}
CHANNELS: Final = {"limit": "channels"}
PROFILE: Final = {"limit": "profile"}
NICKNAME: Final = {"limit": "nickname"}
REACTIONS: Final = {"limit": "reactions"}
FRIENDS: Final = {"limit": "friends"}
VOICE: Final = {"limit": "voice"}
DOCUMENTS: Final = {"limit": "documents"}
TEXTS: Final = {"limit": "documents", "body": "text"}
REPORTS: Final = {"limit": "reports"}
CONVERSATIONS: Final = {"limit": "conversations"}
COOKIE: Final = {"cookie": True}
UNCOUNTED: Final = {"usage": False}
SPARING: Final = {"space": False}


class ViewerRequest(JsonRequest):
    """A request whose viewer is known: for the most frequent routes, which do without injection."""

    @property
    def viewer(self) -> Viewer:
        viewer: Viewer = self.scope["viewer"]  # type: ignore[typeddict-item]
        return viewer

    def service(self, name: str) -> Any:
        """A field of the process's services."""
        return getattr(self.app.state.services, name)
