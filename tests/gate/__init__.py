"""Runs the tests and looks at each failure a second time: `python -m tests.gate`, then pytest's arguments."""
