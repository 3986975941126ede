"""Measurements on their way to Prometheus: one family for each name, joined over processes.

A family travels between processes as JSON, so it is a plain record. Labels have few values that are known beforehand:
never an id, a path or a name that a user chose.
"""

from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Literal, TypeVar

import msgspec

from coterie.process.tallies import Distribution

Labels = dict[str, str]
Key = TypeVar("Key", bound=tuple[str, ...])


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One number. `suffix` is what its name has after the family's, such as `_bucket`."""

    suffix: str
    labels: Labels
    value: float


class Family(msgspec.Struct, frozen=True, array_like=True):
    """Everything that is measured under one name. The name of a counter is without `_total`."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    about: str
    samples: list[Sample]


def counter(name: str, about: str, values: Mapping[Key, float] | float, *labels: str) -> Family:
    """How often something happened since the start; by label values, if there are any."""
    return Family(name, "counter", about, _samples("_total", values, labels))


def gauge(name: str, about: str, values: Mapping[Key, float] | float, *labels: str) -> Family:
    """How much of something there is."""
    return Family(name, "gauge", about, _samples("", values, labels))


def histogram(name: str, about: str, values: Mapping[Key, Distribution], *labels: str) -> Family:
    """The distribution of values, by label values."""
    samples: list[Sample] = []
    for key, distribution in values.items():
        samples.extend(_buckets(dict(zip(labels, key, strict=True)), distribution))
    return Family(name, "histogram", about, samples)


def labelled(families: Iterable[Family], **labels: str) -> list[Family]:
    """The same with more labels on every sample."""
    return [
        Family(
            each.name,
            each.kind,
            each.about,
            [Sample(one.suffix, {**labels, **one.labels}, one.value) for one in each.samples],
        )
        for each in families
    ]


def joined(families: Iterable[Family]) -> list[Family]:
    """One family for each name, with the samples of all that have it."""
    found: dict[str, Family] = {}
    for each in families:
        if known := found.get(each.name):
            known.samples.extend(each.samples)
        else:
            found[each.name] = Family(each.name, each.kind, each.about, list(each.samples))
    return list(found.values())


def _samples(suffix: str, values: Mapping[Key, float] | float, labels: tuple[str, ...]) -> list[Sample]:
    if isinstance(values, Mapping):
        return [Sample(suffix, dict(zip(labels, key, strict=True)), value) for key, value in values.items()]
    return [Sample(suffix, {}, values)]


def _buckets(labels: Labels, distribution: Distribution) -> list[Sample]:
    reached = list(accumulate(distribution.counts))
    bounds = [*(f"{bound:g}" for bound in distribution.bounds), "+Inf"]
    return [
        *(Sample("_bucket", {**labels, "le": le}, count) for le, count in zip(bounds, reached, strict=True)),
        Sample("_count", labels, reached[-1]),
        Sample("_sum", labels, distribution.sum),
    ]
