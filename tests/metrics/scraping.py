"""Reads the figures of a live server, as Prometheus would."""

from collections.abc import Mapping
from typing import Final

import aiohttp
from prometheus_client.parser import text_string_to_metric_families


class Scrape:
    """One answer of `/metrics`."""

    def __init__(self, text: str) -> None:
        self.text: Final = text
        self.families: Final = {family.name: family for family in text_string_to_metric_families(text)}
        self.samples: Final = [sample for family in self.families.values() for sample in family.samples]

    @property
    def names(self) -> set[str]:
        """Every name that a query could use."""
        return {sample.name for sample in self.samples}

    def value(self, name: str, **labels: str) -> float:
        """The sum of the samples with this name and these labels; 0 if there is none."""
        return sum(one.value for one in self.samples if one.name == name and _has(one.labels, labels))

    def values_of(self, name: str, label: str) -> set[str]:
        """The values that a label has among the samples with this name."""
        return {one.labels[label] for one in self.samples if one.name == name and label in one.labels}


async def scrape(http: aiohttp.ClientSession, url: str, **headers: str) -> Scrape:
    """Request the metrics; fails unless they are returned."""
    async with http.get(f"{url}/metrics", headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        return Scrape(await answer.text())


def _has(labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return wanted.items() <= labels.items()
