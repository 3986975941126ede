"""Custom emoji: the small pictures of a server."""
