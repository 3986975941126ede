"""The messenger's routes."""
