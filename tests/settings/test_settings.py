"""The environment becomes one record, and an invalid value is named."""

import pathlib

import pytest

from coterie.settings.env_file import read_env_file
from coterie.settings.record import Settings, fields
from coterie.settings.values import SettingsError, expectation, meta


def problems(**environment: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.read(environment)
    return caught.value.problems


def test_it_works() -> None:
    settings = Settings.read(
        {
            "DATABASE_URL": "postgresql://coterie:pw@db/coterie",
            "JWT_SECRET": "x" * 40,
            "SERVER_PORT": "8080",
            "RATE_LIMITS": "off",
            "ALLOWED_ORIGINS": "https://a.example, https://b.example:8443",
            "COTERIE_TRUSTED_PROXIES": "127.0.0.1,10.0.0.0/8,fd00::/8",
            "COTERIE_STATEMENT_TIMEOUT": "2.5",
            "UPLOAD_DIR": "/srv/files",
            "HOME": "/root",
        }
    )
    assert settings.database_url == "postgresql://coterie:pw@db/coterie"
    assert settings.server_port == 8080
    assert settings.rate_limits is False
    assert settings.allowed_origins == ("https://a.example", "https://b.example:8443")
    assert settings.statement_timeout == 2.5
    assert settings.upload_dir == pathlib.Path("/srv/files")


def test_defaults_are_for_production_on_loopback() -> None:
    settings = Settings.read({})
    assert not settings.is_development
    assert settings.server_host == "127.0.0.1"
    assert settings.rate_limits
    assert settings.pool_size == 25
    assert settings.body_limit == 64 * 1024


def test_empty_counts_as_not_set() -> None:
    assert Settings.read({"SERVER_PORT": "", "COTERIE_POOL_SIZE": " "}, {"SERVER_PORT": "4000"}).server_port == 4000


def test_the_environment_wins_over_the_command_s_defaults() -> None:
    assert Settings.read({"SERVER_PORT": "1"}, {"SERVER_PORT": "2"}).server_port == 1


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SERVER_PORT", "eighty", "a whole number from 0 to 65535, not 'eighty'"),
        ("SERVER_PORT", "70000", "a whole number from 0 to 65535, not '70000'"),
        ("RATE_LIMITS", "maybe", "on or off, not 'maybe'"),
        ("RATE_LIMITS", "2", "on or off, not '2'"),
        ("APP_ENV", "staging", "production or development, not 'staging'"),
        ("COTERIE_LOG_FORMAT", "xml", "json or text, not 'xml'"),
        ("STARTUP_TIMEOUT", "nan", "a number from 0 to 3600, not 'nan'"),
        ("STARTUP_TIMEOUT", "inf", "a number from 0 to 3600, not 'inf'"),
        ("COTERIE_POOL_ACQUIRE_TIMEOUT", "0", "a number above 0 to 300, not '0'"),
        ("COTERIE_TRUSTED_PROXIES", "10.0.0.0/40", "addresses or networks such as"),
        ("COTERIE_PUBLIC_URL", "chat.example.org", "a URL without a path"),
        ("ALLOWED_ORIGINS", "https://a.example/path", "origins such as"),
        ("TURN_URL", "turn.example.org", "a URL such as turn:"),
        ("COTERIE_FILE_TYPES_ADDED", "application/gzip", "types such as application/gzip=1f8b"),
        ("COTERIE_FILE_TYPES_ADDED", "application/gzip=1f", "types such as application/gzip=1f8b"),
        ("COTERIE_FILE_TYPES_ADDED", "application/gzip=1f8b0", "types such as application/gzip=1f8b"),
        ("COTERIE_FILE_TYPES_ADDED", "text/html=3c21", "types such as application/gzip=1f8b"),
        ("COTERIE_FILE_TYPES_ADDED", "image/svg+xml=3c73", "types such as application/gzip=1f8b"),
        ("COTERIE_FILE_TYPES_ADDED", "application/javascript=2f2f", "types such as application/gzip=1f8b"),
        ("COTERIE_FILE_TYPES_REFUSED", "zip", "types such as application/zip"),
    ],
)
def test_a_bad_value_is_named_with_what_is_expected(name: str, value: str, expected: str) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(f"{name} must be {expected}")


def test_all_problems_come_at_once() -> None:
    assert len(problems(SERVER_PORT="x", COTERIE_POOL_SIZE="0")) == 2


@pytest.mark.strict
def test_a_secret_is_never_shown() -> None:
    (problem,) = problems(DATABASE_URL="mysql://coterie:hunter2@db/coterie")
    assert "hunter2" not in problem
    assert "postgresql://" in problem
    settings = Settings.read({"DATABASE_URL": "postgresql://a:hunter2@b/c", "JWT_SECRET": "hunter3"})
    assert "hunter" not in repr(settings) + str(settings)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("COTERIE_POOLSIZE", "COTERIE_POOL_SIZE"),
        ("COTERIE_SERVER_PORT", "SERVER_PORT"),
        ("COTERIE_TRUSTED_PROXY", "COTERIE_TRUSTED_PROXIES"),
    ],
)
def test_an_unknown_variable_with_our_prefix_is_an_error(name: str, meant: str) -> None:
    assert problems(**{name: "1"}) == [f"{name} is not a Coterie setting; did you mean {meant}?"]


def test_a_stranger_without_a_near_name_points_to_the_page() -> None:
    assert "coterie.commands.settings_page" in problems(COTERIE_ZZZ_QQQ_XXX="1")[0]


def test_networks_are_written_out() -> None:
    settings = Settings.read({"COTERIE_TRUSTED_PROXIES": "10.1.2.3/8, 127.0.0.1, fd00::1/8"})
    assert settings.trusted_proxies == ("10.0.0.0/8", "127.0.0.1/32", "fd00::/8")


def test_nobody_is_trusted_by_default() -> None:
    assert Settings().trusted_proxies == ()


def test_https_is_read_from_the_public_address() -> None:
    assert Settings.read({"COTERIE_PUBLIC_URL": "https://chat.example.org"}).is_https
    assert not Settings.read({"COTERIE_PUBLIC_URL": "http://chat.example.org"}).is_https


def test_env_file(tmp_path: pathlib.Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# ours\nexport SERVER_PORT=4000 # why\nJWT_SECRET='a # b'\n\nTURN_URL=\"turn:x\"\n")
    assert read_env_file(path) == {"SERVER_PORT": "4000", "JWT_SECRET": "a # b", "TURN_URL": "turn:x"}
    assert read_env_file(tmp_path / "none") == {}


def test_a_broken_env_file_names_its_line_without_its_text(tmp_path: pathlib.Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\nhunter2\n")
    with pytest.raises(SettingsError, match=r"^\.env line 2 is not NAME=value"):
        read_env_file(path)


def test_every_setting_is_described() -> None:
    for field in fields():
        assert len(meta(field).description or "") > 20, field.encode_name
        assert expectation(field)
