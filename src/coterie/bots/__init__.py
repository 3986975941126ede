"""Bots: accounts of programs, which people create and which log in with a token of their own."""
