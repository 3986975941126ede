"""Looks for known vulnerabilities of every pinned package: `make audit`.

pip-audit asks OSV about the Python packages, `npm audit` asks npm's registry about the client's. Ends with 1 if either
knows one. Where a database cannot be reached, nothing can be known: it says so, and ends with 0, or with 1 if
REQUIRE_AUDIT is set, as in a CI with a network.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PINS = ("constraints.txt", "constraints/build.txt", "constraints/fuzz.txt", "constraints/node.txt")
PACKAGES = ("web", "tests/braid_client")


class NotReachedError(Exception):
    """A database gave no answer."""


def python_packages(pins: Path) -> list[str]:
    """The vulnerabilities of a file of pins. A package that the database does not answer about is one that is not
    audited."""
    address = ["--osv-url", os.environ["OSV_URL"]] if "OSV_URL" in os.environ else []
    options = ["--format", "json", "--progress-spinner", "off", "--disable-pip", "--require-hashes", "--strict"]
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv", *address, *options]
    report = answered([*command, "--requirement", str(pins)], ROOT)
    return [
        f"{package['name']} {package['version']}: {each['id']}, mended in {', '.join(each['fix_versions']) or 'none'}"
        for package in report["dependencies"]
        for each in package["vulns"]
    ]


def client_packages(directory: Path) -> list[str]:
    """The vulnerabilities of a directory with a package-lock.json."""
    report = answered(["npm", "audit", "--json", "--package-lock-only", "--fetch-retries=0"], directory)
    return [
        f"{name}: {found['severity']}, {_reasons(found['via'])}" for name, found in report["vulnerabilities"].items()
    ]


def _reasons(via: list[Any]) -> str:
    return ", ".join(each if isinstance(each, str) else each["url"] for each in via)


def answered(command: list[str], directory: Path) -> Any:
    """The report of a program. Raises NotReachedError if it has none."""
    ended = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    try:
        report = json.loads(ended.stdout)
    except ValueError:
        raise NotReachedError(_last_line(ended.stderr)) from None
    if "dependencies" not in report and "vulnerabilities" not in report:
        raise NotReachedError(_last_line(str(report.get("message") or ended.stderr)))
    return report


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no answer"])[-1][:200]


def main() -> int:
    found: list[str] = []
    missed: list[str] = []
    audits = [(python_packages, ROOT / pins) for pins in PINS] + [(client_packages, ROOT / each) for each in PACKAGES]
    for audit, place in audits:
        try:
            found += [f"{place.relative_to(ROOT)}: {each}" for each in audit(place)]
        except NotReachedError as problem:
            missed.append(f"{place.relative_to(ROOT)} is not audited, since its database cannot be reached: {problem}")
    print(*found, *missed, *([] if found or missed else ["No known vulnerabilities."]), sep="\n")
    return 1 if found or (missed and os.environ.get("REQUIRE_AUDIT")) else 0


if __name__ == "__main__":
    sys.exit(main())
