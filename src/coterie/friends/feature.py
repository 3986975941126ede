"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import Feature, RowLifetime, declared
from coterie.friends import collection, errors, limits, row_lifetimes
from coterie.friends.actions import opened
from coterie.friends.routes import ROUTES
from coterie.http.rate_limits import Limit
from coterie.permissions.keys import CollectionKeys

FEATURE: Final = Feature(
    name="friends",
    routes=ROUTES,
    errors=declared(errors, Entry),
    limits=declared(limits, Limit),
    keys=declared(collection, CollectionKeys),
    row_lifetimes=declared(row_lifetimes, RowLifetime),
    services={"friends": opened},
)
