"""Counts for Prometheus: no id, no name."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "osler_requests", "Requests answered.", ["method", "route", "status"], registry=REGISTRY
)
SECONDS = Histogram(
    "osler_request_seconds",
    "Time to answer a request.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
    registry=REGISTRY,
)
WAITING = Gauge("osler_jobs_waiting", "Jobs that wait or are at work.", registry=REGISTRY)
WORKERS = Gauge("osler_workers", "Workers that have not said goodbye.", registry=REGISTRY)
LISTENERS = Gauge("osler_event_listeners", "Clients on the event stream.", registry=REGISTRY)
