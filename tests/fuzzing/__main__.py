"""`python -m tests.fuzzing [PARSER] [SECONDS]`, which `make fuzz` calls: searches for inputs that do harm.

Atheris (libFuzzer) keeps what reaches new code, in build/fuzzing, and begins with the corpus. What fails is written
into the corpus, so that the tests fail until it is mended.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

CORPUS: Final = Path(__file__).parent / "corpus"
FOUND: Final = Path("build/fuzzing")
LENGTH_LIMIT: Final = 20_000
TIMEOUT_SECONDS: Final = 20


def main(parser: str = "", seconds: str = "3600") -> int:
    chosen = [path.name for path in sorted(CORPUS.iterdir()) if parser in ("", path.name)]
    if not chosen:
        print(f"There is no parser {parser}; see {CORPUS}", file=sys.stderr)  # noqa: T201
        return 2
    failed = [name for name in chosen if not _is_sound(name, max(1, int(seconds) // len(chosen)))]
    print(f"failed: {', '.join(failed)}" if failed else "nothing found")  # noqa: T201
    return 1 if failed else 0


def _is_sound(parser: str, seconds: int) -> bool:
    """Search in a process of its own, since libFuzzer ends the process with the search."""
    (FOUND / parser).mkdir(parents=True, exist_ok=True)
    print(f"== {parser}, {seconds} seconds", flush=True)  # noqa: T201
    options = [f"-max_total_time={seconds}", f"-max_len={LENGTH_LIMIT}", f"-timeout={TIMEOUT_SECONDS}"]
    options += [f"-artifact_prefix={CORPUS / parser}/", "-print_final_stats=1", "-verbosity=0"]
    command = [
        sys.executable,
        "-m",
        "tests.fuzzing.searching",
        parser,
        *options,
        str(FOUND / parser),
        str(CORPUS / parser),
    ]
    return subprocess.run(command, check=False).returncode == 0


sys.exit(main(*sys.argv[1:]))
