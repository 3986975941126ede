"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.servers.limits import JOINS, NICKNAME, SERVERS, SNAPSHOTS
from coterie.servers.routes import ROUTES

FEATURE: Final = Feature(name="servers", routes=ROUTES, limits=(SERVERS, JOINS, NICKNAME, SNAPSHOTS))
