"""The table of metrics, made from the closed list."""

from collections.abc import Iterator, Sequence

from streams.observe.names import LABELS, METRICS, Metric
from tests.docs.tables import cell, table


def metrics() -> str:
    """Each metric, under the name by which it is asked for."""
    return table(("metric", "sort", "labels", "what it means"), map(_row, METRICS))


def _row(metric: Metric) -> Sequence[str]:
    said = ", ".join(f"`{label}`" for label in metric.labels) or "none"
    return (f"`{metric.name}`", metric.sort, said, cell(metric.meaning))


def labels() -> str:
    """What each label says."""
    return table(("label", "what it says"), [(f"`{name}`", cell(said)) for name, said in LABELS.items()])


def buckets() -> str:
    """The buckets of each histogram."""
    return table(("histogram", "buckets, in seconds"), _buckets())


def _buckets() -> Iterator[Sequence[str]]:
    for metric in METRICS:
        if metric.buckets:
            yield (f"`{metric.name}`", ", ".join(f"{bound:g}" for bound in metric.buckets))
