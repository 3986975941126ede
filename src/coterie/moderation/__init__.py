"""Keeping a server livable: kicks, bans, timeouts, slow mode, and taking a banned one's messages away."""
