"""Requests that this server makes to others. Everything that a user's URL can cause goes through `guard.Outgoing`."""
