"""The metrics in Prometheus' text format, version 0.0.4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from novu_core.aio import IO
from novu_core.errors import StoreError
from novu_core.http.messages import Request, Response
from novu_core.http.surface import Served
from novu_core.records.metrics import Metric, Sample

TYPE = "text/plain"
CONTENT_TYPE = f"{TYPE}; version=0.0.4; charset=utf-8"
_LABEL = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


async def get_metrics(served: Served, request: Request, io: IO) -> Response:
    """Answer with the metrics, or 503 where the store does not answer."""
    metrics = served.client.metrics
    try:
        found = await io.slow(metrics.collect)
    except StoreError as error:
        error.status_code = 503
        raise
    return Response(200, exposition(found).encode(), {"content-type": CONTENT_TYPE})


def exposition(metrics: Iterable[Metric]) -> str:
    """Return the text; each line ends with a line feed."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for sample in metric.samples:
        yield f"{metric.name}{sample.suffix}{_labels(sample)} {sample.value}"


def _labels(sample: Sample) -> str:
    labels = ",".join(f'{name}="{value.translate(_LABEL)}"' for name, value in sample.labels.items())
    return f"{{{labels}}}" if labels else ""
