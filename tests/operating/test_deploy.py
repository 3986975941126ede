"""The files of deploy/: what they name exists, and the programs they are for take them, where this machine has those.

No container engine is needed or used: the image is never built here. What its steps do is done by test_package.py.
"""

import ipaddress
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml  # type: ignore[import-untyped]

from coterie.cli import app
from coterie.settings.record import Settings, fields
from tests.operating.conftest import ROOT
from tests.patience import PATIENCE

DEPLOY: Final = ROOT / "deploy"
COMPOSE: Final = ("compose.yaml", "compose.tls.yaml")
VARIABLES: Final = {field.encode_name for field in fields()}


def assignments(text: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE)}


def services(name: str) -> dict[str, Any]:
    document = yaml.safe_load((DEPLOY / name).read_text())
    return {str(key): value for key, value in document["services"].items()}


def filled(text: str) -> str:
    """A file of compose, with its variables."""
    own = {"POSTGRES_PASSWORD": "hunter2", "JWT_SECRET": "4c1f" * 16, "COTERIE_DOMAIN": "chat.example.org"}
    found = re.compile(r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}")
    return found.sub(lambda each: own.get(each[1], each[2] or ""), text)


def test_the_example_of_settings_is_valid() -> None:
    given = assignments((DEPLOY / "coterie.env.example").read_text())
    settings = Settings.read(given)
    assert settings.is_https
    assert settings.trusted_proxies


def test_only_caddy_is_trusted() -> None:
    """Not the network: requests to a published port come from its gateway, from any sender."""
    trusted = filled(services("compose.yaml")["coterie"]["environment"]["COTERIE_TRUSTED_PROXIES"])
    caddy = services("compose.tls.yaml")["caddy"]["networks"]["default"]["ipv4_address"]
    [network] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["networks"]["default"]["ipam"]["config"]
    assert trusted == caddy
    assert ipaddress.ip_address(caddy) in ipaddress.ip_network(network["subnet"])
    assert ipaddress.ip_address(caddy) not in ipaddress.ip_network(network["ip_range"])
    assert caddy != network["gateway"]


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_gives_valid_settings(name: str) -> None:
    given = {**services("compose.yaml")["coterie"]["environment"], **services(name)["coterie"]["environment"]}
    settings = Settings.read({key: filled(str(value)) for key, value in given.items()})
    assert settings.trusted_proxies
    assert settings.is_https == (name == "compose.tls.yaml")


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_asks_for_what_its_example_has(name: str) -> None:
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / name).read_text()))
    assert asked <= assignments((DEPLOY / "compose.env.example").read_text()).keys()


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_names_what_exists(name: str) -> None:
    document = yaml.safe_load((DEPLOY / name).read_text())
    volumes = [volume.split(":")[0] for each in document["services"].values() for volume in each.get("volumes", [])]
    for source in volumes:
        assert source in document["volumes"] or (DEPLOY / source).is_file(), source
    for each in document["services"].values():
        build = each.get("build")
        assert build is None or (DEPLOY / build["context"] / build["dockerfile"]).is_file()
        assert set(each.get("depends_on", [])) <= services("compose.yaml").keys()


def test_the_database_is_the_one_that_coterie_asks_for() -> None:
    both = services("compose.yaml")
    given = both["database"]["environment"]
    address = filled(both["coterie"]["environment"]["DATABASE_URL"])
    assert address == f"postgresql://{given['POSTGRES_USER']}:hunter2@database:5432/{given['POSTGRES_DB']}"


def instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def test_the_image_is_made_of_what_exists() -> None:
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            for source in shlex.split(rest)[:-1]:
                assert (ROOT / ("web" / Path(source) if source.startswith("web/") else source)).exists() or (
                    ROOT / source
                ).exists(), source


def test_the_image_has_all_that_the_wheel_is_built_from() -> None:
    copied = " ".join(rest for word, rest in instructions() if word == "COPY")
    for needed in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "constraints/", "src/", "web/"):
        assert needed in copied
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert not {"src", "web", "src/coterie", "README.md", "LICENSE"} & set(ignored)


def test_the_image_runs_as_nobody_in_particular() -> None:
    found = dict(instructions())
    assert int(found["USER"].split(":")[0]) > 0
    names = re.findall(r"(\w+)=", found["ENV"])
    assert {"SERVER_HOST", "SERVER_PORT", "UPLOAD_DIR"} <= set(names) <= {*VARIABLES, "PATH", "PYTHONDONTWRITEBYTECODE"}
    [command] = [each for each in app.registered_commands if each.name == "serve"]
    assert found["CMD"] == f'["{command.name}"]'


def test_the_units_of_systemd_are_valid(tmp_path: Path) -> None:
    if (program := shutil.which("systemd-analyze")) is None:
        pytest.skip("this machine has no systemd-analyze (Debian: apt-get install systemd)")
    for source in DEPLOY.glob("coterie*.service"):
        # This machine has neither Coterie in /opt nor its settings in /etc.
        text = source.read_text().replace("/opt/coterie/bin/coterie", "/bin/true")
        (tmp_path / source.name).write_text(text)
    for source in DEPLOY.glob("*.timer"):
        shutil.copy(source, tmp_path)
    units = sorted(str(path) for path in tmp_path.iterdir())
    looked = subprocess.run(
        [program, "verify", "--man=no", *units], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    ours = [line for line in looked.stderr.splitlines() if "coterie" in line]
    assert not ours
    assert looked.returncode == 0, looked.stderr


def test_nginx_sends_only_pages_to_https() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    [page] = re.findall(r'"~(\^[^"]*)" 1;', text)
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert re.search(page, f"GET {browser}")
    for request in (f"POST {browser}", "GET */*", "GET application/json", "GET "):
        assert not re.search(page, request), request
    [plain] = re.findall(r"server \{\n\tlisten 80;.*?\n\}\n", text, re.DOTALL)
    assert re.search(r"if \(\$is_page\) \{\s*return 301 https:[^}]*\}\s*return 403 ", plain)
    assert plain.count("return") == 2


def test_nginx_speaks_only_current_tls() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    assert re.findall(r"ssl_protocols ([^;]*);", text) == ["TLSv1.2 TLSv1.3"]
    [suites] = re.findall(r"ssl_ciphers ([^;]*);", text)
    for suite in suites.split(":"):
        assert re.fullmatch(r"ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM-SHA(256|384)|CHACHA20-POLY1305)", suite), suite


def test_nginx_logs_no_query() -> None:
    """Tokens of older clients are in it. Lines of the error log quote it at every level below `crit`."""
    text = (DEPLOY / "nginx.conf").read_text()
    [form] = re.findall(r"log_format coterie ([^;]*);", text)
    assert not {"$request", "$request_uri", "$args", "$query_string", "$http_referer"} & set(re.findall(r"\$\w+", form))
    assert re.search(r"access_log \S+ coterie;", text)
    assert re.search(r"error_log \S+ crit;", text)
