"""Codes of authenticator apps, as the RFC has them, and how each is used up."""

import base64

import pytest

from coterie.second_factor import recovery_codes, totp

SECRET = base64.b32encode(b"12345678901234567890").decode()
NOW = 1_234_567_890
PERIOD = NOW // totp.PERIOD


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    """Appendix B, whose codes have eight digits: six are their end."""
    assert totp.code(SECRET, seconds // totp.PERIOD) == code[-6:]


@pytest.mark.parametrize("drift", range(-3, 4))
def test_one_period_of_drift(drift: int) -> None:
    found = totp.period_of(SECRET, totp.code(SECRET, PERIOD + drift), NOW, used=0)
    assert found == (PERIOD + drift if abs(drift) <= 1 else None)


def test_only_a_later_code_is_right() -> None:
    codes = [totp.code(SECRET, PERIOD + drift) for drift in (-1, 0, 1)]
    assert [totp.period_of(SECRET, each, NOW, used=PERIOD) for each in codes] == [None, None, PERIOD + 1]
    assert [totp.period_of(SECRET, each, NOW, used=PERIOD + 1) for each in codes] == [None] * 3


@pytest.mark.parametrize("given", ["", "12345", "1234567", "abcdef", "٠١٢٣٤٥", "\0\0\0\0\0\0"])
def test_what_is_no_code(given: str) -> None:
    assert totp.period_of(SECRET, given, NOW, used=0) is None


def test_the_address_names_who_and_where() -> None:
    assert totp.address(SECRET, "Ann & Co: Chat", "ann_b") == (
        f"otpauth://totp/Ann%20%26%20Co%3A%20Chat:ann_b?secret={SECRET}&issuer=Ann%20%26%20Co%3A%20Chat"
    )


def test_secrets_and_recovery_codes_are_never_the_same() -> None:
    assert len({totp.new_secret() for _ in range(100)}) == 100
    assert {len(base64.b32decode(totp.new_secret())) for _ in range(100)} == {20}
    codes = [code for _ in range(100) for code in recovery_codes.new_codes()]
    assert len(set(codes)) == 100 * recovery_codes.COUNT
    assert {len(recovery_codes.plain(code)) for code in codes} == {16}


def test_a_recovery_code_is_the_same_however_it_is_written() -> None:
    [code, *_] = recovery_codes.new_codes()
    written = (code, code.upper(), code.replace("-", ""), code.replace("-", " "), f" {code}\n")
    assert len({recovery_codes.digest(each) for each in written}) == 1
