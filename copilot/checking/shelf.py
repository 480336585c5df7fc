"""The published records of a base as a change would leave them, or as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from copilot.curation.contradictions import Statement, clauses_of
from copilot.staleness import published_articles
from indexer.split import sections_of
from knowledge_base.codec import kind_of
from knowledge_base.dependence import Citation
from knowledge_base.models import Case, Kind, PolicyArticle, Question, Record
from knowledge_base.plan import named_in
from knowledge_base.store import KnowledgeBase

Key = tuple[Kind, str]


def key_of(record: Record) -> Key:
    """How a record is named in a change."""
    return kind_of(record), record.id


class Shelf:
    """Reads from a base, or the shelf `under` it, `laid` records in place of its own; each article once.

    `cases` says of cases that are laid over but not held whether they are published.
    """

    def __init__(
        self,
        knowledge: KnowledgeBase,
        today: date,
        laid: Mapping[Key, Record] | None = None,
        cases: Mapping[str, bool] | None = None,
        under: Shelf | None = None,
    ) -> None:
        self.knowledge, self.today, self._under = knowledge, today, under
        self.laid, self._cases = laid or {}, cases or {}
        self._articles: dict[str, PolicyArticle | None] = {}
        self._all: dict[str, PolicyArticle] | None = None
        self._texts: dict[str, Sequence[str]] = {}
        self._clauses: dict[str, Sequence[Statement]] = {}

    def article(self, article_id: str) -> PolicyArticle | None:
        """A published article."""
        if article_id not in self._articles:
            self._articles[article_id] = self._found(article_id)
        return self._articles[article_id]

    def articles(self) -> Mapping[str, PolicyArticle]:
        """All published articles by id."""
        if self._all is None:
            found = dict(self._under.articles() if self._under else published_articles(self.knowledge))
            for (kind, name), record in self.laid.items():
                if kind == "article":
                    found.pop(name, None)
                    if isinstance(record, PolicyArticle) and record.status == "published":
                        found[name] = record
            self._all = found
        return self._all

    def answering(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of these ids under which a case or an article is published."""
        found: set[str] = set()
        kinds: tuple[Kind, ...] = ("case", "article")
        for kind in kinds:
            left = [one for one in ids if not self._says(kind, one)]
            stored = self.knowledge.get_many(kind, left)
            found |= {name for name, record in stored.items() if record.status == "published"}
            found |= {one for one in ids if self._laid_published(kind, one)}
        return frozenset(found)

    def texts(self, article_id: str) -> Sequence[str]:
        """The texts of a published article's sections; none where it isn't."""
        if self._under is not None and not self._says("article", article_id):
            return self._under.texts(article_id)
        if article_id not in self._texts:
            article = self.article(article_id)
            self._texts[article_id] = [one.text for one in sections_of(article.body)] if article else ()
        return self._texts[article_id]

    def clauses(self, article_id: str) -> Sequence[Statement]:
        """The sentences of a published article in force."""
        if self._under is not None and not self._says("article", article_id):
            return self._under.clauses(article_id)
        if article_id not in self._clauses:
            article = self.article(article_id)
            spoken = article is not None and article.in_force(self.today)
            self._clauses[article_id] = clauses_of(article) if article is not None and spoken else ()
        return self._clauses[article_id]

    def citing(self, article_ids: Iterable[str]) -> Iterator[Citation]:
        """Every published record's citation of these articles, those of laid records last."""
        wanted = frozenset(article_ids)
        for one in self.knowledge.dependence.citing(wanted):
            if not self._says(one.kind, one.record_id):
                yield one
        for record in self.laid.values():
            yield from (one for one in citations_of(record) if one.article_id in wanted)

    def _found(self, article_id: str) -> PolicyArticle | None:
        if self._under is not None and not self._says("article", article_id):
            return self._under.article(article_id)
        found = self.laid.get(("article", article_id)) or self.knowledge.find("article", article_id)
        return found if isinstance(found, PolicyArticle) and found.status == "published" else None

    def _says(self, kind: Kind, name: str) -> bool:
        return (kind, name) in self.laid or (kind == "case" and name in self._cases)

    def _laid_published(self, kind: Kind, name: str) -> bool:
        record = self.laid.get((kind, name))
        if record is not None:
            return record.status == "published"
        return kind == "case" and self._cases.get(name, False)


def citations_of(record: Record) -> Iterator[Citation]:
    """What a published record names."""
    if record.status == "published" and not isinstance(record, Question):
        resolved = record.resolved_at if isinstance(record, Case) else None
        for named in named_in(record):
            yield Citation(kind_of(record), record.id, named.partition("#")[0], named, resolved)
