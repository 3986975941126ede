"""How long a test waits for something that must come."""

import os
from typing import Final

PATIENCE: Final = 60.0 * float(os.environ.get("TEST_PATIENCE", "1"))
"""Seconds after which something that should arrive is considered lost.

It costs nothing when all is well. `TEST_PATIENCE` scales it.
"""

QUIET: Final = 0.3
"""Seconds in which what must not come is awaited: on a slow machine a fault may be missed, but nothing right fails."""

STARTS: Final = 3
"""How often something that many tests need is started, each time with a clean state, before all of them fail."""
