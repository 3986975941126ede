"""Automod: a server's own rules for what is written in it, kept by the one gate that every message goes through."""
