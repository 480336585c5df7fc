"""Bringing in exports over HTTP: upload, look, begin, watch, cancel, go on, and what was left out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from copilot.bring_in.desk import Columns
from copilot.bring_in.run import Seen
from copilot.bring_in.told import FIELD_WORDS, reason_words
from knowledge_base.codec import format_time
from knowledge_base.errors import InputError
from knowledge_base.exports.models import SYSTEMS, Reason
from knowledge_base.import_log import ImportLog
from knowledge_base.import_rows import Omitted, Run
from knowledge_base.records import record_to_dict
from web.api import PROBLEMS
from web.deps import ActorDep, BaseDep, CopilotDep
from web.i18n import gettext
from web.import_schemas import (
    BeginJson,
    ColumnsJson,
    ExportJson,
    LookJson,
    MappingJson,
    MappingList,
    OmittedJson,
    OmittedList,
    OptionsJson,
    ReasonJson,
    RunJson,
    RunList,
    SeenJson,
    Uploaded,
)

router = APIRouter(prefix="/api/v1/imports", tags=["imports"], responses=PROBLEMS)
RunId = Annotated[int, Path(ge=1, lt=2**63)]
MOST_EXAMPLES = 3


class TooLargeError(InputError):
    """An upload is larger than the setting allows."""

    status = 413


@router.post(
    "/files", status_code=201, openapi_extra={"requestBody": {"content": {"application/octet-stream": {}}}}
)
async def upload(
    request: Request, copilot: CopilotDep, name: Annotated[str, Query(max_length=300)] = ""
) -> Uploaded:
    """Take a file, as the body (application/octet-stream); nothing is brought in yet."""
    desk = copilot.bring_in
    file = await run_in_threadpool(desk.new_file, name)
    path, size = desk.place(file), 0
    try:
        with path.open("wb") as stream:
            async for piece in request.stream():
                size += len(piece)
                if size > desk.most_bytes:
                    raise TooLargeError(
                        f"the file is larger than {desk.most_bytes:,} bytes: set PRECEDENT_UPLOAD_BYTES, or "
                        "have the operator name it by its path"
                    )
                await run_in_threadpool(stream.write, piece)
        if not size:
            raise InputError("the file is empty")
    except (InputError, ClientDisconnect, OSError):
        path.unlink(missing_ok=True)
        raise
    return Uploaded(file=file, bytes=size)


@router.get("/options")
def options(copilot: CopilotDep) -> OptionsJson:
    """What can be chosen here."""
    desk = copilot.bring_in
    return OptionsJson(
        systems=[*SYSTEMS],
        fields={name: gettext(words) for name, words in FIELD_WORDS.items()},
        most_bytes=desk.most_bytes,
        paths=desk.root is not None,
    )


@router.post("/preview")
def preview(export: ExportJson, copilot: CopilotDep) -> LookJson:
    """Look at a file: whose export it is, and its first 20 things as they would come in."""
    look = copilot.bring_in.look(export.asked())
    return LookJson(
        system=look.system,
        total=look.total,
        items=[seen_json(one) for one in look.seen],
        columns=columns_json(look.columns) if look.columns else None,
        problem=look.problem,
    )


@router.get("/mappings")
def list_mappings(base: BaseDep) -> MappingList:
    """The mappings that are remembered."""
    items = [
        MappingJson(
            signature=one.signature,
            columns=[*one.columns],
            mapping=dict(one.mapping),
            actor=one.actor,
            at=format_time(one.at),
        )
        for one in base.imports.mappings()
    ]
    return MappingList(items=items)


@router.delete("/mappings/{signature}", status_code=204)
def forget_mapping(signature: Annotated[str, Path(max_length=16)], base: BaseDep) -> None:
    """Forget a mapping: the next file with its header is proposed one anew."""
    base.imports.forget_mapping(signature)


@router.post("", status_code=201)
def begin(export: BeginJson, copilot: CopilotDep, actor: ActorDep) -> RunJson:
    """Begin to bring a file in. A mapping that is given is remembered for files with the same header.

    403 where what comes in is to be published by somebody who may only propose.
    """
    if export.status == "published":
        copilot.review.check_publisher(actor)
    run = copilot.bring_in.begin(export.asked(), name=export.name, actor=actor)
    return run_json(run, copilot.knowledge.imports)


@router.get("")
def list_runs(base: BaseDep, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> RunList:
    """List imports, newest first."""
    return RunList(items=[run_json(run, base.imports) for run in base.imports.list(limit=limit)])


@router.get("/{run_id}")
def read_run(run_id: RunId, base: BaseDep) -> RunJson:
    """Read how far an import is."""
    return run_json(base.imports.find(run_id), base.imports)


@router.post("/{run_id}/cancel")
def cancel(run_id: RunId, base: BaseDep) -> RunJson:
    """Stop an import; what came in stays, and it can be gone on with."""
    return run_json(base.imports.cancel(run_id), base.imports)


@router.post("/{run_id}/resume")
def resume(run_id: RunId, copilot: CopilotDep, actor: ActorDep) -> RunJson:
    """Go on with an import that was cancelled, killed or failed. 403 as for `POST`."""
    if copilot.knowledge.imports.find(run_id).options.get("status") == "published":
        copilot.review.check_publisher(actor)
    return run_json(copilot.bring_in.resume(run_id), copilot.knowledge.imports)


@router.get("/{run_id}/left-out")
def list_left_out(
    run_id: RunId,
    base: BaseDep,
    reason: Reason | None = None,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> OmittedList:
    """List what an import left out, and why."""
    base.imports.find(run_id)
    found = base.imports.left_out(run_id, reason=reason, after=after, limit=limit + 1)
    shown = found[:limit]
    return OmittedList(
        items=[omitted_json(one) for _, one in shown], next=shown[-1][0] if len(found) > limit else None
    )


@router.get("/{run_id}/left-out.csv", response_class=StreamingResponse)
def download_left_out(run_id: RunId, base: BaseDep) -> StreamingResponse:
    """All that an import left out, as CSV."""
    base.imports.find(run_id)
    return StreamingResponse(
        _csv(base.imports, run_id),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="left-out-{run_id}.csv"'},
    )


def _csv(log: ImportLog, run_id: int) -> Iterator[str]:
    def lines(*rows: tuple[object, ...]) -> str:
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerows(tuple(_safe(cell) for cell in row) for row in rows)
        return buffer.getvalue()

    yield lines(("position", "reason", "words", "id", "detail"))
    for one in log.each_left_out(run_id):
        yield lines((one.position, one.reason, words_of(one.reason), one.source_id, one.detail))


def _safe(cell: object) -> object:
    """A text that a spreadsheet won't take for a formula: ids come from outside."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def run_json(run: Run, log: ImportLog) -> RunJson:
    """A run with its reasons, the commonest first, and some examples of each."""
    reasons = sorted(run.left_out.items(), key=lambda item: -item[1])
    return RunJson(
        id=run.id,
        system=run.system,
        name=run.name,
        state=run.state,
        message=run.message,
        position=run.position,
        done=run.done,
        total=run.total,
        added=run.added,
        updated=run.updated,
        unchanged=run.unchanged,
        left_out=sum(run.left_out.values()),
        reasons=[
            ReasonJson(
                reason=reason,
                words=words_of(reason),
                count=count,
                examples=[
                    omitted_json(one) for _, one in log.left_out(run.id, reason=reason, limit=MOST_EXAMPLES)
                ],
            )
            for reason, count in reasons
        ],
        status=str(run.options.get("status")),
        actor=run.actor,
        started_at=format_time(run.started_at),
        ended_at=format_time(run.ended_at) if run.ended_at else None,
    )


def words_of(reason: str) -> str:
    """What a reason says."""
    return gettext(reason_words(reason))


def omitted_json(one: Omitted) -> OmittedJson:
    """Something left out."""
    return OmittedJson(
        position=one.position,
        reason=one.reason,
        words=words_of(one.reason),
        id=one.source_id,
        detail=one.detail,
    )


def seen_json(seen: Seen) -> SeenJson:
    """Something of a preview."""
    left, record = seen.left_out, seen.record
    kind: Literal["case", "article"] | None = None
    if record is not None:
        kind = "article" if hasattr(record, "body") else "case"
    return SeenJson(
        record=record_to_dict(record) if record is not None else None,
        kind=kind,
        reason=left.reason if left else None,
        words=words_of(left.reason) if left else None,
        detail=(left.detail or left.id) if left else None,
    )


def columns_json(columns: Columns) -> ColumnsJson:
    """The columns of a CSV."""
    return ColumnsJson(
        signature=columns.signature,
        names=[*columns.names],
        mapping=dict(columns.mapping),
        remembered=columns.remembered,
    )
