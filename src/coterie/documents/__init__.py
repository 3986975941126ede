"""Shared documents: texts that the members of a channel or conversation write together."""
