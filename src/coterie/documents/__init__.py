"""Texts that are written together in a channel or conversation."""
