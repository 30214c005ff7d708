"""Metrics, in the words of Prometheus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured. ``unit`` in the words of UCUM; ``bounds``: the upper ones of a histogram's buckets."""

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    help: str
    unit: str
    bounds: Sequence[float] = ()

    def metric(self, *samples: Sample) -> Metric:
        """Return it with its values."""
        return Metric(self.name, self.kind, self.help, samples)


@dataclass(frozen=True, slots=True)
class Sample:
    """One value. ``suffix`` follows the metric's name."""

    labels: Mapping[str, str]
    value: float
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric with its values."""

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    help: str
    samples: Sequence[Sample]
