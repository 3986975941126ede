"""Outgoing webhooks: what happens in a server, sent to an address of its administrators."""
