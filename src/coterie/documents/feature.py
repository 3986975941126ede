"""What this package declares of itself."""

from typing import Final

from coterie.documents import errors
from coterie.documents.limits import CURSORS, DOCUMENTS, EDIT_BYTES, EDITS
from coterie.documents.routes import ROUTES
from coterie.errors import entries
from coterie.feature import Feature

FEATURE: Final = Feature(
    name="documents",
    routes=ROUTES,
    errors=entries(errors),
    limits=(DOCUMENTS, EDITS, EDIT_BYTES, CURSORS),
)
