"""Requests from this server to others. Every request that a user's URL can cause goes through `guard.Outgoing`."""
