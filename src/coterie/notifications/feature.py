"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature, declared
from coterie.notifications import collection
from coterie.notifications.routes import ROUTES
from coterie.permissions.keys import CollectionKeys

FEATURE: Final = Feature(name="notifications", routes=ROUTES, keys=declared(collection, CollectionKeys))
