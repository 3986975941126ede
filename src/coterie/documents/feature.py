"""What this package declares of itself."""

from typing import Final

from coterie.documents import collection, errors, limits, traces
from coterie.documents.routes import ROUTES
from coterie.documents.thinning import repeats
from coterie.errors import Entry
from coterie.feature import Feature, Trace, declared
from coterie.http.rate_limits import Limit
from coterie.permissions.keys import CollectionKeys

FEATURE: Final = Feature(
    name="documents",
    routes=ROUTES,
    errors=declared(errors, Entry),
    limits=declared(limits, Limit),
    keys=declared(collection, CollectionKeys),
    repeats=repeats,
    traces=declared(traces, Trace),
)
