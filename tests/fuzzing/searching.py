"""`python -m tests.fuzzing.searching PARSER OPTIONS…`: libFuzzer on one parser, with its options."""

import sys

import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]  # of the extra `fuzz`

with atheris.instrument_imports(include=["coterie", "multipart"]):
    from tests.fuzzing.parsers import PARSERS

atheris.Setup([sys.argv[0], *sys.argv[2:]], PARSERS[sys.argv[1]])
atheris.Fuzz()
