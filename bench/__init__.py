"""Coterie's figures, as ratios to the best that the same machine can do in the same run.

The server and its PostgreSQL have one core, the load has another. Everything that is stored, sent or read is checked:
if any message is missing, duplicated or out of order, the benchmark fails instead of giving a figure.
"""
