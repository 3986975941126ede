"""Moderation of a server: kicks, bans, timeouts, slow mode, and removing a banned user's messages."""
