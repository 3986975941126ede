"""Invites: codes with which people can join a server."""
