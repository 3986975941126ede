"""The alert rules and the dashboard use metrics that a server really has."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
import yaml  # type: ignore[import-untyped]

from coterie.backup.making import NAME
from tests.metrics.scraping import Scrape, scrape
from tests.patience import PATIENCE
from tests.people import PASSWORD, Browser, Person
from tests.serving import serving, settings_for

MONITORING: Final = Path(__file__).parents[2] / "deploy" / "monitoring"
SELECTOR: Final = re.compile(r"\b(?P<name>(?:coterie|process)_[a-z_0-9]+|up)\b(?:\{(?P<labels>[^}]*)\})?")
MATCHER: Final = re.compile(r'(?P<label>[a-z]+)=~?"(?P<value>[^"]*)"')
OF_PROMETHEUS: Final = {"up"}
"""Figures that Prometheus adds itself; and the labels."""

LABELS_OF_PROMETHEUS: Final = {"instance", "job"}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    assert len({group["name"] for group in groups}) == len(groups)
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    found: list[dict[str, Any]] = dashboard["panels"]
    return found


def expressions() -> Iterator[str]:
    for rule in rules():
        yield rule["expr"]
    for panel in panels():
        for target in panel.get("targets", []):
            yield target["expr"]


@pytest.fixture
async def everything(database_url: str, tmp_path: Path, http: aiohttp.ClientSession) -> Scrape:
    """A scrape of a server after the events that create the metrics which are not there from the start."""
    newest = tmp_path / datetime.now(UTC).strftime(NAME)
    newest.write_bytes(b"stands for today's backup")
    settings = settings_for(database_url, COTERIE_BACKUP_DIRECTORY=str(tmp_path), COTERIE_SLOW_QUERY_MS="0.001")
    async with serving(settings) as server, asyncio.timeout(PATIENCE):
        person = await Person.register(Browser(server.url, http))
        again = await Browser(server.url, http).post(
            "/api/auth/register", {"username": person.username, "password": PASSWORD}
        )
        assert again.status == 409
        await person.post("/api/auth/login", {"username": person.username, "password": PASSWORD})
        while True:
            found = await scrape(http, server.url)
            if "coterie_bus_lag_seconds" in found.names:
                return found
            await asyncio.sleep(0.05)


async def test_what_they_ask_for_is_there(everything: Scrape) -> None:
    names, asked = everything.names, set()
    for expression in expressions():
        found = list(SELECTOR.finditer(expression))
        assert found, f"asks for nothing of Coterie's: {expression}"
        for each in found:
            asked.add(each["name"])
            assert each["name"] in names | OF_PROMETHEUS, f"{each['name']} in {expression}"
            for matcher in MATCHER.finditer(each["labels"] or ""):
                known = everything.values_of(each["name"], matcher["label"])
                assert known or matcher["label"] in LABELS_OF_PROMETHEUS, f"{matcher['label']} in {expression}"
    ours = {name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum") for name in names}
    told = {name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum") for name in asked}
    assert ours - told <= {"coterie_info", "coterie_requests_in_progress", "coterie_subscriber_queue_events"}


async def test_the_values_of_labels_are_there(everything: Scrape) -> None:
    for name, label, value in (
        ("coterie_subscribers_ended_total", "reason", "too_slow"),
        ("coterie_database_rows", "state", "dead"),
        ("coterie_database_rows", "state", "live"),
        ("coterie_database_blocks_total", "source", "cache"),
        ("coterie_machine_memory_bytes", "kind", "available"),
        ("coterie_machine_memory_bytes", "kind", "total"),
        ("coterie_machine_cpu_seconds_total", "mode", "iowait"),
        ("coterie_backups_total", "outcome", "failed"),
        ("coterie_requests_total", "route", "/api/auth/login"),
    ):
        assert value in everything.values_of(name, label), f"{name} {label}"
        assert any(f'{label}="{value}"' in each for each in expressions()), "and is asked for"


def test_the_rules_are_well_formed() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)
    assert len(names) > 25
    for rule in rules():
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("page", "ticket", "target")
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] == "target" or rule["annotations"]["action"]
        assert re.fullmatch(r"\d+[smhd]", rule.get("for", "0s"))


def test_the_dashboard_is_well_formed() -> None:
    ids = [panel["id"] for panel in panels()]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, f"{panel['title']} lies on another"
        taken |= cells
        assert panel["type"] == "row" or panel["targets"]


def test_brackets_match() -> None:
    for expression in expressions():
        check_brackets(re.sub(r'"[^"]*"', "", expression))


def check_brackets(without_texts: str) -> None:
    open_ones: list[str] = []
    for each in without_texts:
        if each in "([{":
            open_ones.append({"(": ")", "[": "]", "{": "}"}[each])
        elif each in ")]}":
            assert open_ones.pop() == each
    assert not open_ones
