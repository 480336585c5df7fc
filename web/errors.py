"""How every error is answered, from one table: RFC 9457 problem details; a page where a person goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from knowledge_base.errors import BlockedError, ConflictError, KnowledgeBaseError, PrecedentError, RecordError
from web.findings import findings_json
from web.i18n import gettext
from web.pages import render

MEDIA_TYPE = "application/problem+json"
SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; img-src 'self' data:; object-src 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class VersionError(KnowledgeBaseError):
    """The record isn't at the version that If-Match names."""

    status = 412


@contextmanager
def matching_version() -> Iterator[None]:
    """Answer a conflict with the version that If-Match named as a failed precondition."""
    try:
        yield
    except ConflictError as error:
        raise VersionError(str(error)) from error


def problem(
    status: int,
    detail: str,
    *,
    name: str = "",
    errors: Sequence[Mapping[str, str]] = (),
    findings: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write a problem; `name` tells its type apart from others with the same status."""
    content: dict[str, Any] = {
        "type": f"urn:precedent:problem:{name}" if name else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        content["errors"] = list(errors)
    if findings:
        content["findings"] = [one.model_dump() for one in findings_json(findings)]
    return JSONResponse(content, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def field_name(location: Iterable[str | int]) -> str:
    """Write where a value stood: `messages[0].text`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    return "".join(parts).lstrip(".")


def _answer(request: Request, status: int, detail: str, **told: Any) -> Response:
    """A problem, as a page for a person whose browser goes to an address."""
    wanted = request.headers.get("accept", "")
    if request.method != "GET" or "text/html" not in wanted:
        return problem(status, detail, **told)
    title = gettext("There is nothing here") if status == 404 else gettext("This can't be shown")
    page = render("problem.html", title=title, detail="" if detail == _TOLD[404] else detail)
    page.status_code = status
    page.headers.update(told.get("headers") or {})
    return page


async def _known(request: Request, error: PrecedentError) -> Response:
    name = re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__.removesuffix("Error")).lower()
    if isinstance(error, RecordError):
        errors = [{"field": error.field, "message": error.message}]
        return _answer(request, error.status, _sentence(errors), name="validation", errors=errors)
    findings = error.findings if isinstance(error, BlockedError) else ()
    return _answer(request, error.status, str(error), name=name, findings=findings)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return _answer(request, 400, f"the body isn't valid JSON: {found[0]['ctx']['error']}", name="json")
    errors = [
        {"field": field_name(item["loc"][1:]), "message": item["msg"].removeprefix("Value error, ")}
        for item in found
    ]
    return _answer(request, 422, _sentence(errors), name="validation", errors=errors)


_TOLD = {
    404: "there is nothing at this address; /openapi.json lists what there is",
    405: "this address doesn't take that method; its Allow header names those that it takes",
}


def _sentence(errors: Sequence[Mapping[str, str]]) -> str:
    first = errors[0]
    told = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
    return told if len(errors) == 1 else f"{told} (and {len(errors) - 1} more)"


async def _http(request: Request, error: HTTPException) -> Response:
    if error.status_code == 400:  # the framework's only 400: a body that can't be decoded
        return _answer(request, 400, "the body can't be read: send one JSON document in UTF-8", name="json")
    detail = _TOLD.get(error.status_code, error.detail)
    return _answer(request, error.status_code, detail, headers=error.headers)


async def _unknown(request: Request, _error: Exception) -> Response:
    detail = "something went wrong here that nobody foresaw; try again, and tell whoever runs this server"
    return _answer(request, 500, detail, name="internal", headers=SECURITY_HEADERS)


HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    PrecedentError: _known,
    RequestValidationError: _invalid,
    HTTPException: _http,
    Exception: _unknown,
}
"""The one table from errors to answers; `PrecedentError.status` speaks for all that derive from it."""
