"""Coterie and three other chat servers under the same load, in one run, on the same PostgreSQL."""
