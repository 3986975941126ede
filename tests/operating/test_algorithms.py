"""The inventory of algorithms has every module that uses cryptography or a hash."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src/coterie"
USES = re.compile(r"^(?:import|from) (?:hashlib|hmac|argon2|bcrypt|joserfc|cryptography|webauthn)\b", re.MULTILINE)


def test_the_inventory_has_every_module() -> None:
    inventory = (ROOT / "docs/operating/asvs.md").read_text().split("## Algorithms")[1]
    using = {str(path.relative_to(SOURCES)) for path in SOURCES.rglob("*.py") if USES.search(path.read_text())}
    listed = set(re.findall(r"`([a-z_/]+\.py)`", inventory))
    assert "accounts/passwords.py" in using
    assert not using - listed
    assert not [each for each in listed if not (SOURCES / each).exists()]
