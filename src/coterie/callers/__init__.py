"""Who is calling, and how often they may: one rule for REST, streams, sockets and the messenger's routes."""
