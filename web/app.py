"""The application: routes, errors and middleware put together around one copilot."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response

from copilot import __version__
from knowledge_base.errors import PrecedentError
from web import (
    api,
    checks,
    checks_api,
    conversations_api,
    curation,
    curation_api,
    gaps,
    gaps_api,
    helpdesk_api,
    imports,
    imports_api,
    insight,
    insight_api,
    knowledge,
    pages,
    panel,
    personal,
    personal_api,
    practice,
    practice_api,
    promises_api,
    records_api,
    review,
    review_api,
    stale,
    stale_api,
    template_files,
    template_proposals,
    template_proposals_api,
    translations_api,
)
from web.deps import Assistant
from web.errors import HANDLERS
from web.guard import Guard
from web.i18n import Interpreter
from web.metrics import Meter, Metrics

log = logging.getLogger("precedent.web")
STATIC = Path(__file__).parent / "static"
DESCRIPTION = "Precedents, policy and proven drafts for people who answer customers."


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the operator says of where the application is used.

    `panel_origins` may frame the panel; under `allowed_hosts` it answers beside the local names.
    """

    agent_language: str = "en"
    panel_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()


_ALONE = Surroundings()


def create_app(copilot: Assistant | None = None, *, surroundings: Surroundings = _ALONE) -> FastAPI:
    """Build the application; without a copilot one is built from the settings, and what surrounds it."""
    if copilot is None:
        copilot, surroundings = _from_settings()
    app = FastAPI(
        title="Precedent",
        version=__version__,
        description=DESCRIPTION,
        exception_handlers=HANDLERS,
        lifespan=_lifespan,
        docs_url=None,  # these pages fetch scripts from elsewhere
        redoc_url=None,
    )
    app.state.copilot, app.state.surroundings = copilot, surroundings
    app.state.stopping = threading.Event()  # set by the server: streams end then
    app.state.metrics = metrics = Metrics(lambda: copilot.passages())
    app.add_middleware(
        GZipMiddleware, minimum_size=1000, compresslevel=5
    )  # the stream of changes goes as it is
    app.add_middleware(Guard, hosts=surroundings.allowed_hosts, panel_origins=surroundings.panel_origins)
    app.add_middleware(Interpreter)
    app.add_middleware(Meter, metrics=metrics)
    for router in (
        *(
            pages.router,
            imports.pages,
            panel.router,
            practice.router,
            knowledge.router,
            stale.router,
            template_files.pages,
            template_proposals.router,
            curation.router,
            checks.router,
            gaps.router,
            insight.router,
            review.router,
            personal.router,
        ),
        *(
            api.agent,
            conversations_api.router,
            helpdesk_api.router,
            imports_api.router,
            promises_api.router,
            practice_api.router,
            stale_api.router,
            review_api.router,
            insight_api.router,
            curation_api.router,
            checks_api.router,
            gaps_api.router,
            translations_api.router,
            template_files.api,
            template_proposals_api.router,
            personal_api.router,
            personal_api.erasures,
            *records_api.ROUTERS,
            api.operation,
        ),
    ):
        app.include_router(router)
    app.mount("/static", Static(directory=STATIC), name="static")
    return app


class Static(StaticFiles):
    """Files that the browser asks about each time: a new page never meets an old script."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        """Answer with the file, to be kept but always checked."""
        response = super().file_response(*args, **options)
        response.headers["cache-control"] = "no-cache"
        return response


class WithoutMessages(logging.Filter):
    """Takes an exception's message out of the server's log, since it may repeat what a customer wrote."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep where it happened and what kind it was."""
        if record.exc_info and record.exc_info[1] is not None:
            frames = traceback.extract_tb(record.exc_info[2])
            places = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames[-5:]))
            record.msg, record.args = (
                f"{record.getMessage().strip()} {type(record.exc_info[1]).__name__} at {places}",
                (),
            )
            record.exc_info = record.exc_text = None
        return True


def _from_settings() -> tuple[Assistant, Surroundings]:
    from copilot.assemble import build_copilot
    from copilot.settings import read_settings

    settings = read_settings()
    around = Surroundings(settings.agent_language, settings.panel_origins, settings.allowed_hosts)
    return build_copilot(settings), around


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Warm the models beside the first requests, and work at what helpdesks tell, until the server stops."""
    server_log, quiet = logging.getLogger("uvicorn.error"), WithoutMessages()
    server_log.addFilter(quiet)
    copilot, stopping = app.state.copilot, app.state.stopping
    threading.Thread(target=_warm, args=(copilot,), name="warm", daemon=True).start()
    threading.Thread(target=copilot.insight.watch, args=(stopping,), name="rises", daemon=True).start()
    if copilot.helpdesks:
        threading.Thread(
            target=copilot.helpdesks.run, args=(stopping,), name="helpdesks", daemon=True
        ).start()
    yield
    stopping.set()
    server_log.removeFilter(quiet)


def _warm(copilot: Assistant) -> None:
    try:
        copilot.warm()
    except PrecedentError as error:
        log.warning("not warmed: %s", error)
