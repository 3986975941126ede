"""Prints docs/protocol/coverage.md: every call and event that the walk through the contract tries."""

import sys

from tests.contract.page import page

sys.stdout.write(page())
