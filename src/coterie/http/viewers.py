"""What only some callers may do, whatever it is about."""

from coterie import errors
from coterie.errors import CoterieError
from coterie.viewer import Viewer


def check_admin(viewer: Viewer) -> None:
    """Raises ADMINS_ONLY unless the caller administers the instance."""
    if not viewer.is_admin:
        raise CoterieError(errors.ADMINS_ONLY)


def check_human(viewer: Viewer) -> None:
    """Raises PEOPLE_ONLY for a bot."""
    if viewer.kind == "bot":
        raise CoterieError(errors.PEOPLE_ONLY)
