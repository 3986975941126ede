"""What only some callers may do, whatever it is about."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from coterie import errors
from coterie.errors import CoterieError, Entry
from coterie.http.rate_limits import Limit
from coterie.viewer import KINDS, Viewer, ViewerKind, ViewerScope

READING: Final = ("GET", "HEAD", "OPTIONS")

REFUSED: Final[dict[ViewerKind, Entry]] = {"bot": errors.PEOPLE_ONLY, "session": errors.BOTS_ONLY}
"""How a caller of a kind is refused that a route does not take."""


class Needs(NamedTuple):
    """What a request needs of its caller's credential, and the limits that it is counted against."""

    scope: ViewerScope
    kinds: frozenset[ViewerKind] = KINDS
    limits: Sequence[Limit] = ()
    may_use_cookie: bool = False
    is_counted: bool = True
    takes_turns: bool = True


def check_admin(viewer: Viewer) -> None:
    """Raises ADMINS_ONLY unless the caller administers the instance."""
    if not viewer.is_admin:
        raise CoterieError(errors.ADMINS_ONLY)


def check_needs(viewer: Viewer, needs: Needs) -> None:
    """Raises PEOPLE_ONLY, BOTS_ONLY or MISSING_SCOPE."""
    if viewer.kind not in needs.kinds:
        raise CoterieError(REFUSED[viewer.kind])
    check_scope(viewer, needs.scope)


def check_scope(viewer: Viewer, scope: ViewerScope) -> None:
    """Raises MISSING_SCOPE."""
    if scope not in viewer.scopes:
        raise CoterieError(errors.MISSING_SCOPE)


def usual_scope(method: str) -> ViewerScope:
    """What a request needs that names no scope."""
    return "read" if method in READING else "write"
