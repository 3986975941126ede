"""Coterie's figures, as ratios to what the same machine can do at best in the same run.

The server and its PostgreSQL have one core, the load another. Nothing is stored, sent or read without being checked:
a figure whose messages are not all there, once and in order, is no figure but an error.
"""
