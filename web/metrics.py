"""What the server counts for Prometheus: requests by route and status, their time, suggestions, passages."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# From a page's static file to a suggestion that waits for a slow translator.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """One application's counters, apart from those of any other in the same process."""

    def __init__(self, passages: Callable[[], float]) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "precedent_http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "precedent_http_request_seconds",
            "Time to the whole answer.",
            ["method", "route"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.suggestions = Counter(
            "precedent_suggestions", "Suggestions by reason.", ["reason"], registry=self.registry
        )
        self.polishings = Counter(
            "precedent_polishings", "Drafts polished, or not and why.", ["reason"], registry=self.registry
        )
        gauge = Gauge("precedent_index_passages", "Passages in the loaded index.", registry=self.registry)
        gauge.set_function(passages)

    def text(self) -> bytes:
        """Write all figures in Prometheus's text format."""
        return generate_latest(self.registry)


class Meter:
    """ASGI middleware: counts and times requests by the route that answered, never by the path asked for."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on and note how it went."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            method, route = scope["method"], _route(scope)
            self.metrics.requests.labels(method, route, str(status)).inc()
            self.metrics.seconds.labels(method, route).observe(perf_counter() - started)


def _route(scope: Scope) -> str:
    # A path may hold an id, or anything at all: only the route's pattern is a label.
    route = scope.get("route")
    return getattr(route, "path", None) or "none"
