"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import Feature, RowLifetime, declared
from coterie.passkeys import errors, row_lifetimes
from coterie.passkeys.routes import ROUTES

FEATURE: Final = Feature(
    name="passkeys",
    routes=ROUTES,
    errors=declared(errors, Entry),
    row_lifetimes=declared(row_lifetimes, RowLifetime),
)
