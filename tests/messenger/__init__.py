"""The messenger's doors."""
