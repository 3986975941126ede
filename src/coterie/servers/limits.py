"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

SERVERS: Final = Limit("servers", Rate(1 / 60, 20), "creating servers")
JOINS: Final = Limit("joins", Rate(1 / 60, 10), "joining servers", is_shared=True)
NICKNAME: Final = Limit("nickname", Rate(0.1, 10), "changing nicknames")
SNAPSHOTS: Final = Limit("snapshots", Rate(1, 20), "snapshots of a server, lists of its members")
