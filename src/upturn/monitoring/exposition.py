"""Exposes the published warehouse to Prometheus: as text, or by an endpoint that reads it anew at each scrape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from upturn.domain.errors import UpturnError
from upturn.monitoring.families import DURATION_BOUNDS, FAMILIES
from upturn.resources import load_sql
from upturn.warehouse.reading import read_only

if TYPE_CHECKING:
    from threading import Thread
    from wsgiref.simple_server import WSGIServer

    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

    from upturn.home import Home

__all__ = ["exposition", "serve"]


class _Warehouse:
    """Collects the metrics of what is published at that moment."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        with read_only(self._home) as connection:
            samples = connection.execute(load_sql("monitoring/samples")).fetchall()
            durations = connection.execute(
                load_sql("monitoring/durations"), {"bounds": list(DURATION_BOUNDS)}
            ).fetchall()
        for family in FAMILIES:
            make = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
            metric = make(family.name, family.says, labels=family.labels)
            for name, labels, value in samples:
                if name == family.name:
                    metric.add_metric(labels, value)
            yield metric
        yield _histogram(durations)


def _histogram(rows: list[tuple[Any, ...]]) -> Metric:
    """Give the durations by user type; the buckets are cumulative, as Prometheus has them."""
    from prometheus_client.core import HistogramMetricFamily

    metric = HistogramMetricFamily(
        "conversation_duration_seconds", "Duration of closed production conversations", labels=("user_type",)
    )
    for user_type in sorted({row[0] for row in rows}):
        counts = {upper: (count, seconds) for kind, upper, count, seconds in rows if kind == user_type}
        total, buckets = 0, []
        for bound in (*DURATION_BOUNDS, None):
            total += counts.get(bound, (0, 0.0))[0]
            buckets.append(("+Inf" if bound is None else str(bound), total))
        metric.add_metric([user_type], buckets, sum_value=sum(float(seconds) for _, seconds in counts.values()))
    return metric


def _registry(home: Home) -> CollectorRegistry:
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Warehouse(home))
    return registry


def exposition(home: Home) -> str:
    """Give the metrics in Prometheus' text format.

    Raises
    ------
    NotFoundError
        If nothing was published yet.
    """
    from prometheus_client import generate_latest

    return generate_latest(_registry(home)).decode("utf-8")


def serve(home: Home, port: int) -> tuple[WSGIServer, Thread]:
    """Serve the metrics at http://127.0.0.1:PORT/metrics in a thread; port 0 takes a free one.

    Raises
    ------
    NotFoundError
        If nothing was published yet.
    UpturnError
        If the port is taken.
    """
    from prometheus_client import start_http_server

    try:
        return start_http_server(port, addr="127.0.0.1", registry=_registry(home))
    except OSError as error:
        raise UpturnError(
            f"port {port} of 127.0.0.1 can't be served ({error.strerror}): give another --serve"
        ) from error
