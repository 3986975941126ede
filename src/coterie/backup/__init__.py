"""Backups: made while the server runs, checked, and restored into an empty place."""
