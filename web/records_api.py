"""Cases, articles, templates and golden questions over HTTP: list, read, create, change, retire, history."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, create_model

from copilot.drafting.render import check_template
from knowledge_base.articles import article_from_dict
from knowledge_base.codec import encode, format_time
from knowledge_base.models import Case, Change, Kind, PolicyArticle, Question, ReplyTemplate
from knowledge_base.questions import question_from_dict
from knowledge_base.records import case_from_dict, record_to_dict
from knowledge_base.templates_io import template_from_dict
from web.api import PROBLEMS
from web.deps import BaseDep
from web.record_schemas import (
    ArticleJson,
    CaseJson,
    ChangeJson,
    Found,
    History,
    QuestionJson,
    Restoring,
    TemplateJson,
    WrittenArticle,
    WrittenCase,
    WrittenQuestion,
    WrittenTemplate,
)
from web.records import Filters, Json, WriteDep, shown

SINGLE = "/{record_id:path}"  # an id may hold slashes


def _reading(kind: Kind, name: str, schema: type[BaseModel], written: type[BaseModel]) -> APIRouter:
    """The routes that need no body, alike for all kinds."""
    router = APIRouter(prefix=f"/api/v1/{name}", tags=[name], responses=PROBLEMS)
    page_schema = create_model(
        f"{kind.capitalize()}Page",
        __doc__="Some records in the order of their ids; `next` continues after them, `total` is how many "
        "fit (by words 1,000 at most).",
        items=(list[schema], ...),  # type: ignore[valid-type]
        next=(str | None, ...),
        total=(int, ...),
    )

    def list_records(base: BaseDep, chosen: Annotated[Filters, Query()]) -> Json:
        page = base.list(kind, **chosen.model_dump())
        items = [record_to_dict(record) for record in page.items]
        return {"items": items, "next": page.next, "total": page.total}

    def read_history(record_id: str, base: BaseDep) -> History:
        base.version(kind, record_id)  # an unknown id is an error, not an empty history
        return History(items=[_change_json(change) for change in base.history(kind, record_id)])

    def read(record_id: str, base: BaseDep, response: Response) -> Json:
        return shown(base, kind, record_id, response)

    def retire(
        record_id: str,
        write: WriteDep,
        findings: Annotated[bool, Query(description="answer 200 with what the checks found")] = False,
    ) -> Response | Found:
        told = Found(findings=write.retire(kind, record_id))
        return told if findings else Response(status_code=204)

    def restore(record_id: str, wanted: Restoring, write: WriteDep) -> Json:
        return write.restore(kind, record_id, wanted.version)

    def route(path: str, handler: Any, summary: str, **options: Any) -> None:
        router.add_api_route(path, handler, summary=summary, name=f"{handler.__name__}_{name}", **options)

    route("", list_records, f"List {name}", response_model=page_schema)
    route(f"{SINGLE}/history", read_history, f"Read the history of a {kind}")
    summary = f"Put an earlier version of a {kind} back, as a new one"
    route(f"{SINGLE}/restore", restore, summary, methods=["POST"], response_model=written)
    route(SINGLE, read, f"Read a {kind}", response_model=schema)
    summary = f"Retire a {kind}; it stays in the history"
    answers = {204: {"description": "Retired"}, 200: {"model": Found}}
    route(SINGLE, retire, summary, methods=["DELETE"], response_model=None, responses=answers)
    return router


def _change_json(change: Change) -> ChangeJson:
    return ChangeJson(
        seq=change.seq,
        version=change.version,
        action=change.action,
        actor=change.actor,
        at=format_time(change.at),
        reason=change.reason,
        snapshot=encode(change.snapshot),
    )


def _case(given: CaseJson) -> Case:
    return case_from_dict(given.model_dump(), "request", 1)


def _article(given: ArticleJson) -> PolicyArticle:
    return article_from_dict(given.model_dump(), "request", 1)


def _template(given: TemplateJson) -> ReplyTemplate:
    template = template_from_dict(given.model_dump(by_alias=True), "request", 1)
    check_template(template)
    return template


def _question(given: QuestionJson) -> Question:
    # A field that wasn't sent isn't the same as null: a category of null says that nothing answers.
    return question_from_dict(given.model_dump(exclude_unset=True), "request", 1)


cases = _reading("case", "cases", CaseJson, WrittenCase)
articles = _reading("article", "articles", ArticleJson, WrittenArticle)
templates = _reading("template", "templates", TemplateJson, WrittenTemplate)
questions = _reading("question", "questions", QuestionJson, WrittenQuestion)
ROUTERS = (cases, articles, templates, questions)


@cases.post("", status_code=201, response_model=WrittenCase)
def create_case(case: CaseJson, write: WriteDep) -> Json:
    """Add a case; searches find it once the index is brought up to date."""
    return write.create("case", _case(case))


@cases.put(SINGLE, response_model=WrittenCase)
def change_case(record_id: str, case: CaseJson, write: WriteDep) -> Json:
    """Replace a case; with If-Match only the version that was read."""
    return write.change("case", record_id, _case(case))


@articles.post("", status_code=201, response_model=WrittenArticle)
def create_article(article: ArticleJson, write: WriteDep) -> Json:
    """Add a policy article; searches find it once the index is brought up to date."""
    return write.create("article", _article(article))


@articles.put(SINGLE, response_model=WrittenArticle)
def change_article(record_id: str, article: ArticleJson, write: WriteDep) -> Json:
    """Replace a policy article; with If-Match only the version that was read."""
    return write.change("article", record_id, _article(article))


@templates.post("", status_code=201, response_model=WrittenTemplate)
def create_template(template: TemplateJson, write: WriteDep) -> Json:
    """Add a reply template."""
    return write.create("template", _template(template))


@templates.put(SINGLE, response_model=WrittenTemplate)
def change_template(record_id: str, template: TemplateJson, write: WriteDep) -> Json:
    """Replace a reply template; with If-Match only the version that was read."""
    return write.change("template", record_id, _template(template))


@questions.post("", status_code=201, response_model=WrittenQuestion)
def create_question(question: QuestionJson, write: WriteDep) -> Json:
    """Add a golden question; the next index build asks it."""
    return write.create("question", _question(question))


@questions.put(SINGLE, response_model=WrittenQuestion)
def change_question(record_id: str, question: QuestionJson, write: WriteDep) -> Json:
    """Replace a golden question; with If-Match only the version that was read."""
    return write.change("question", record_id, _question(question))
