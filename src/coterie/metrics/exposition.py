"""Families in Prometheus's text format, written by its own client. Loaded at the first scrape, since that is slow."""

from collections.abc import Iterable
from typing import Final

from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from coterie.metrics.families import Family

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4


def written(families: Iterable[Family]) -> bytes:
    """The text, in version 0.0.4 of the format."""
    return generate_latest(_Collected(families))


class _Collected:
    """Takes the place of the client's registry, of which the client uses only this method."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families: Final = families

    def collect(self) -> Iterable[Metric]:
        for family in self._families:
            metric = Metric(family.name, family.about, family.kind)
            for sample in family.samples:
                metric.add_sample(family.name + sample.suffix, sample.labels, sample.value)
            yield metric
