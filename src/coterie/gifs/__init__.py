"""Searching for GIFs at a service of the operator's choice."""
