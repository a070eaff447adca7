"""Numbers in the text format that Prometheus reads (exposition format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Metric:
    """One family: its samples are (labels, value); a histogram's name its suffix under `""`."""

    name: str
    help: str
    kind: Literal["gauge", "counter", "histogram"]
    samples: Sequence[tuple[Mapping[str, str], float]]


def gauge(name: str, help_: str, value: float) -> Metric:
    """One number that goes up and down."""
    return Metric(name, help_, "gauge", [({}, value)])


def by_label(
    kind: Literal["gauge", "counter"], name: str, help_: str, label: str, values: Mapping[str, float]
) -> Metric:
    """One number for each value of a label."""
    return Metric(name, help_, kind, [({label: key}, value) for key, value in sorted(values.items())])


def histogram(name: str, help_: str, buckets: Mapping[float, int], total: float, count: int) -> Metric:
    """Counts by upper bound, not yet added up; with the sum and the count of all observations."""
    samples: list[tuple[Mapping[str, str], float]] = []
    below = 0
    for bound, number in sorted(buckets.items()):
        below += number
        samples.append(({"": "_bucket", "le": f"{bound:g}"}, below))
    samples += [({"": "_bucket", "le": "+Inf"}, count), ({"": "_sum"}, total), ({"": "_count"}, count)]
    return Metric(name, help_, "histogram", samples)


def exposition(metrics: Iterable[Metric]) -> str:
    """All of them as text."""
    return "".join(_family(metric) for metric in metrics)


def _family(metric: Metric) -> str:
    lines = [
        f"# HELP {metric.name} {metric.help.translate(_HELP)}",
        f"# TYPE {metric.name} {metric.kind}",
        *(_sample(metric.name, labels, value) for labels, value in metric.samples),
    ]
    return "\n".join(lines) + "\n"


_HELP = str.maketrans({"\\": r"\\", "\n": r"\n"})
_VALUE = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    said = ",".join(f'{key}="{text.translate(_VALUE)}"' for key, text in labels.items() if key)
    return f"{name}{labels.get('', '')}{f'{{{said}}}' if said else ''} {value:g}"
