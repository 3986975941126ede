"""What a route declares, and what is injected: the caller, and the record of its own package.

A route's options say what else it needs: `public` needs no login; `kinds` are the callers that it takes, without it all
of them; `scope` is what their credential must be good for, without it "read" or, for what changes something, "write";
`limits` are those that it is counted against, and without them, a POST, PUT, PATCH or DELETE that needs space is
counted as a write; `guesses` marks where something could be guessed, and `unlimited` what is not even counted for its
address; `cookie` accepts the web client's cookie, for what a browser fetches by itself, such as pictures; `refusals`
are statuses that no other route answers; `costly` marks what reads so much that an account's requests take turns, and
`elsewhere` what waits for other servers, so that it takes no turn at all; `usage` is False for requests that are not
counted as usage; `deadline` is False for routes that may take long and have limits of their own; `space` is False for a
POST, PUT or PATCH that works while a disk is full, and `upload` says that a route stores files. `compressed` marks
answers that may be compressed; `coterie.http.compression` says which those are.
"""

from typing import Any, Final, TypeAlias, TypeVar

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from coterie.http.answering import JsonRequest
from coterie.http.rate_limits import Limit
from coterie.viewer import Viewer, ViewerKind, ViewerScope

Record = TypeVar("Record")

Injected: TypeAlias = NamedDependency[SkipValidation[Record]]
"""A field of the process's services, by the parameter's name."""

CurrentViewer: TypeAlias = NamedDependency[SkipValidation[Viewer]]

PUBLIC: Final = {"public": True}
LOGIN: Final = {"public": True, "guesses": True}
UNLIMITED: Final = {"public": True, "unlimited": True}
PEOPLE_ONLY: Final[dict[str, frozenset[ViewerKind]]] = {"kinds": frozenset({"session"})}
BOTS_ONLY: Final[dict[str, frozenset[ViewerKind]]] = {"kinds": frozenset({"bot"})}
ACCOUNT: Final[dict[str, ViewerScope]] = {"scope": "account"}
ADMINISTRATION: Final = {"scope": "administration", "refusals": {403}}
"""The route itself checks that the caller is an administrator."""

MESSAGES: Final = {"space": False}
"""The gate of messages looks at space and limits itself, for all interfaces (`messages/admission.py`)."""

UPLOADING: Final = {"deadline": False, "upload": True}
COOKIE: Final = {"cookie": True}
UNCOUNTED: Final = {"usage": False}
SPARING: Final = {"space": False}
COSTLY: Final = {"costly": True}
ELSEWHERE: Final = {"elsewhere": True}


def counted(*limits: Limit) -> dict[str, Any]:
    """The option of a route that is counted against these limits."""
    return {"limits": limits}


class ViewerRequest(JsonRequest):
    """A request whose viewer is known: for the most frequent routes, which do without injection."""

    @property
    def viewer(self) -> Viewer:
        viewer: Viewer = self.scope["viewer"]  # type: ignore[typeddict-item]
        return viewer

    def service(self, name: str) -> Any:
        """A field of the process's services."""
        return getattr(self.app.state.services, name)
