"""Bots: their routes, their tokens, and what they can do with them."""
