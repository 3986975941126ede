"""Opens the database together with the bus, since a bus that is not PostgreSQL sends what the database announces."""

from coterie.database.connection import Database
from coterie.database.pool import connect, open_pool
from coterie.log.bus import Bus, PostgresBus
from coterie.settings.record import Settings


async def open_both(settings: Settings) -> tuple[Database, Bus]:
    """The database and the bus. If the bus is NATS, it sends what the database's connections announce."""
    if not settings.bus_url:
        database = await open_pool(settings)
        return database, PostgresBus(database, lambda: connect(settings))
    from coterie.log.nats_bus import NatsBus, subject_of  # its client takes 0.1 s to import

    bus = NatsBus(settings.bus_url, subject_of(settings.jwt_secret))
    return await open_pool(settings, bus.publish), bus
