"""Identifiers: UUIDs of version 7, made by the application and ordered by time, so that indexes grow at one end."""

from uuid_utils.compat import uuid7 as new_id

__all__ = ["new_id"]
