"""Policy articles in the exchange formats: Markdown with front matter, and JSON objects."""

from __future__ import annotations

from knowledge_base.codec import encode
from knowledge_base.errors import RecordError
from knowledge_base.fields import Fields
from knowledge_base.front_matter import read_front_matter, write_front_matter
from knowledge_base.models import PolicyArticle
from knowledge_base.records import STATUSES


def article_from_markdown(text: str, file: str) -> PolicyArticle:
    """Read an article; its body is what stands under the front matter. Raises RecordError."""
    fields, body = read_front_matter(text, file)
    return article_from_fields(fields, body)


def article_from_dict(data: object, file: str, line: int) -> PolicyArticle:
    """Check an article given as a JSON object with a `body`. Raises RecordError."""
    fields = Fields.of(data, file, line)
    return article_from_fields(fields, fields.required("body"))


def article_from_fields(fields: Fields, body: str) -> PolicyArticle:
    """Check an article's head, and that it says something."""
    article = PolicyArticle(
        id=fields.identifier("id"),
        title=fields.required("title"),
        body=fields.checked("body", body),
        language=fields.language(default="en") or "en",
        category=fields.text("category"),
        effective_from=fields.date("effective_from"),
        effective_to=fields.date("effective_to"),
        review_by=fields.date("review_by"),
        audience=fields.text("audience"),
        translation_of=fields.text("translation_of"),
        url=fields.text("url"),
        status=fields.choice("status", STATUSES, "published"),
    )
    if not article.body.strip():
        fields.fail("body", "is empty; write the article's text under the front matter")
    if article.effective_from and article.effective_to and article.effective_to < article.effective_from:
        fields.fail("effective_to", "lies before effective_from")
    return article


def article_to_markdown(article: PolicyArticle) -> str:
    """Write an article so that reading it gives the same one."""
    head = encode(article)
    body = head.pop("body")
    if head["status"] == "published":
        del head["status"]
    text = write_front_matter(head, body, body_in_head=False)
    return text if _reads_as(article, text) else write_front_matter(head, body, body_in_head=True)


def _reads_as(article: PolicyArticle, text: str) -> bool:
    try:
        return article_from_markdown(text, "") == article
    except RecordError:
        return False
