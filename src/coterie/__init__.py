"""Coterie: a self-hosted place for groups of people to talk."""

__version__ = "0.1.0"
