"""The tables. One `record` row is the newest state of a record of any kind; `change` is the history.

Numbers of changes, feedback, promises and conversations come from `counter`, whose row every writer
locks: they never repeat, have no gaps, and a follower that has seen number N has seen all below it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

REVISION = "0019"
"""The newest migration; a base that stands at it opens without loading Alembic."""
VERSION_TABLE = "precedent_schema"
"""Alembic's table under a name of its own, so that another program's database is told apart."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """A time in UTC: stored without zone, which every database can, and read back with it."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Drop the zone of a time that is first put into UTC."""
        return value.astimezone(UTC).replace(tzinfo=None) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Put the zone back."""
        return value.replace(tzinfo=UTC) if value is not None else None


_Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only on a plain INTEGER key

record = Table(
    "record",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("id", String(200), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("status", String(20), nullable=False),
    Column("language", String(100), nullable=False),
    Column("category", Text),
    Column("title", Text),
    Column("effective_from", Date),
    Column("effective_to", Date),
    Column("resolved_at", UtcTime),
    Column("content_hash", String(64), nullable=False),
    Column("data", JSON, nullable=False),
    # How a case ended (see outcome_columns): summed by insight, from the index alone.
    Column("resolved", Integer),
    Column("reopened", Integer),
    Column("csat", Integer),
    Column("handle_minutes", Float),
    Column("contacts", Integer),
    Column("reply_minutes", Float),
    Column("source_id", Text),
    Column("nps", Integer),
    # Each in the order of lists, with what lists are filtered by: what doesn't fit is passed over unread.
    Index("ix_record_status", "kind", "status", "id", "category", "language"),
    Index("ix_record_category", "kind", "category", "id", "status", "language"),
    Index("ix_record_language", "kind", "language", "id", "status", "category"),
    Index(
        "ix_record_outcome",
        "kind",
        "resolved_at",
        "category",
        "language",
        "resolved",
        "reopened",
        "csat",
        "handle_minutes",
        "contacts",
        "reply_minutes",
        "source_id",
        "nps",
        "id",
    ),
)

# What lists are searched for by words, apart from the documents.
record_text = Table(
    "record_text",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("id", String(200), nullable=False),
    Column("status", String(20), nullable=False),
    Column("language", String(100), nullable=False),
    Column("category", Text),
    Column("text", Text, nullable=False),
    UniqueConstraint("kind", "id"),
)
# The same rows by SQLite's index of runs of TRIGRAM characters (FTS5): a condition `text LIKE '%word%'` reads
# no more than the rows that hold the word. It reads its columns from record_text, whose triggers keep it.
TRIGRAM = 3
record_find = Table(
    "record_find",
    MetaData(),
    *(Column(name, Text) for name in ("kind", "id", "status", "language", "category", "text")),
)

change = Table(
    "change",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("record_id", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("action", String(20), nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("reason", Text),
    Column("snapshot", JSON, nullable=False),
    UniqueConstraint("kind", "record_id", "version"),
    ForeignKeyConstraint(["kind", "record_id"], ["record.kind", "record.id"]),
)

counter = Table(
    "counter",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("suggestion_id", String(200), nullable=False, index=True),
    Column("verdict", String(20), nullable=False),
    Column("item", Text, index=True),
    Column("reason", Text),
    Column("conversation_id", Text),
    Column("text_before", Text),
    Column("text_after", Text),
    Column("actor", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    # The number of the row's newest change: kept, withdrawn, or its request embedded.
    Column("seq", BigInteger, nullable=False, server_default="0", index=True),
    Column("withdrawn_at", UtcTime),
    Column("withdrawn_by", Text),
    Index(None, "at"),
    sqlite_autoincrement=True,
)

suggestion = Table(
    "suggestion",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("conversation_id", Text, index=True),
    Column("at", UtcTime, nullable=False),
    Column("document", JSON, nullable=False),
    Column("encoder", String(64)),
    Column("request_vector", LargeBinary),
    Column("drafted_from", JSON(none_as_null=True)),
    # The language of the vector: the agents' where the request was translated; null: the customer's own.
    Column("asked_in", String(35)),
    # How many cases and passages were shown; null where the customer asked for nothing.
    Column("found", Integer),
    # As the document has it understood.
    Column("category", Text),
    Column("language", Text),
    Index("ix_suggestion_at", "at", "conversation_id", "found", "id"),
)

# What a suggestion showed: `case:ID`, `article:ID`, `template:ID`. `drafted`: its draft speaks from it.
shown = Table(
    "shown",
    metadata,
    Column("suggestion_id", String(200), primary_key=True),
    Column("item", String(220), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("drafted", Boolean, nullable=False),
    Index("ix_shown_item", "item", "at"),
)

# What was decided on a gap of the knowledge: it stays away until more of its kind is asked.
gap_decision = Table(
    "gap_decision",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("gap", String(16), nullable=False),
    Column("name", String(300), nullable=False),
    # The middle of the gap's requests (float16), the encoder that gave it, and the language that it read.
    Column("middle", LargeBinary, nullable=False),
    Column("encoder", String(64), nullable=False),
    Column("language", String(35)),
    Column("state", String(20), nullable=False),
    Column("conversations", Integer, nullable=False),
    Column("why", String(1000)),
    Column("who", String(100), nullable=False),
    Column("at", UtcTime, nullable=False),
    # What was begun for it: an article that waits for its text, or a candidate for a case.
    Column("made", String(220)),
    Column("withdrawn_at", UtcTime),
    Column("withdrawn_by", String(100)),
)

promise = Table(
    "promise",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("seq", BigInteger, nullable=False, index=True),
    Column("conversation_id", Text, nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("promiser", String(20), nullable=False),
    Column("sentence", Text, nullable=False),
    Column("language", String(100), nullable=False),
    Column("amount", Text),
    Column("times", Text),
    Column("due", UtcTime),
    Column("sent_at", UtcTime),
    Column("customer_name", Text),
    Column("order_id", Text),
    Column("feedback_id", BigInteger, index=True),
    Column("actor", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("state", String(20), nullable=False),
    Column("state_by", Text),
    Column("state_at", UtcTime),
    Index(None, "state", "due"),
    sqlite_autoincrement=True,
)

grants = Table(
    "grants",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(20), nullable=False),
    # The sum in hundredths of its unit, a currency's code or %.
    Column("hundredths", BigInteger),
    Column("unit", String(3)),
    # `returns#the-30-days`: what allowed it.
    Column("article", String(400)),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("approved_by", Text),
    Column("conversation_id", String(200)),
    # A digest, never a name.
    Column("customer", String(64)),
    Index(None, "article", "at"),
    Index(None, "customer", "at"),
    Index(None, "kind", "at"),
)

approved_translations = Table(
    "approved_translations",
    metadata,
    # A digest of languages, register and source.
    Column("key", String(64), primary_key=True),
    Column("source_language", String(35), nullable=False),
    Column("target_language", String(35), nullable=False),
    Column("register", String(10), nullable=False),
    Column("source", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index(None, "at"),
)

conversation = Table(
    "conversation",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("state", String(20), nullable=False),
    # The conversation in the exchange format, but for its messages.
    Column("document", JSON, nullable=False),
    # How it is understood as far as it goes: what lists show without reading it again.
    Column("reading", JSON),
    Column("messages", Integer, nullable=False),
    Column("waiting_since", UtcTime),
    Column("started_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    # As an agent put them right, else as it is read; the customer as a digest, never a name.
    Column("category", Text),
    Column("language", Text),
    Column("customer", String(64)),
    Index(None, "seq"),
    Index("ix_conversation_state", "state", "waiting_since", "seq", "id"),
    Index("ix_conversation_waiting_since", "waiting_since", "seq", "id"),
    # Counted by insight, from the index alone.
    Index("ix_conversation_begun", "started_at", "category", "language", "customer"),
)

message = Table(
    "message",
    metadata,
    Column("conversation_id", String(200), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("role", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    # The helpdesk's own name of the message: what comes again under it changes nothing.
    Column("external_id", String(200)),
    ForeignKeyConstraint(
        ["conversation_id"], ["conversation.id"], name="fk_message_conversation", ondelete="CASCADE"
    ),
    UniqueConstraint("conversation_id", "external_id", name="uq_message_conversation_id"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("helpdesk", String(20), nullable=False),
    # The helpdesk's own name of what it told: told again, it changes nothing.
    Column("key", String(200), nullable=False),
    Column("conversation_id", String(200), nullable=False, index=True),
    # What is to be taken in; nothing once it is done with.
    Column("document", JSON),
    Column("state", String(20), nullable=False),
    Column("tries", Integer, nullable=False),
    # When it may be worked at, or until when the one at work has it for itself.
    Column("due_at", UtcTime, nullable=False),
    # Of the suggestion that was posted, so that the next is not posted where it says the same.
    Column("digest", String(64)),
    UniqueConstraint("helpdesk", "key", name="uq_delivery_helpdesk"),
    Index("ix_delivery_state_due_at", "state", "due_at"),
)

import_run = Table(
    "import_run",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("system", String(20), nullable=False),
    Column("path", Text, nullable=False),
    Column("name", String(300), nullable=False),
    # Of the file as it was: a resumed run passes over what it has done only in the same file.
    Column("fingerprint", String(100), nullable=False),
    # What the operator chose: the mapping of columns, the desk's addresses, the status of what comes in.
    Column("options", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("message", String(500)),
    # How many things of the export are worked off, and how much of it.
    Column("position", BigInteger, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("unchanged", BigInteger, nullable=False),
    # Reason to count.
    Column("left_out", JSON, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    # Who works at it, and when they last said so; silent for long, they are taken for dead.
    Column("worker", String(64)),
    Column("beat_at", UtcTime, nullable=False),
)

import_left_out = Table(
    "import_left_out",
    metadata,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    # Which thing of the export it was, from 1.
    Column("position", BigInteger, nullable=False),
    Column("reason", String(20), nullable=False),
    Column("source_id", String(200), nullable=False),
    Column("detail", String(300), nullable=False),
    Index("ix_import_left_out_run_id", "run_id", "reason", "number"),
)

import_origin = Table(
    "import_origin",
    metadata,
    # A ticket of a system, and the record that was made of it.
    Column("system", String(20), primary_key=True),
    Column("source_id", String(200), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("record_id", String(200), nullable=False),
    # Of the ticket: the same again changes nothing.
    Column("digest", String(64), nullable=False),
    # Of the record as it was written: another one now was changed by a person, and stays.
    Column("written", String(64), nullable=False),
    Column("changed_at", UtcTime),
    Column("run_id", BigInteger, nullable=False),
)

import_mapping = Table(
    "import_mapping",
    metadata,
    # Of the header's names.
    Column("signature", String(16), primary_key=True),
    Column("columns", JSON, nullable=False),
    Column("mapping", JSON, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("at", UtcTime, nullable=False),
)

practice_round = Table(
    "practice_round",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("trainee", String(100), nullable=False),
    Column("case_id", String(200), nullable=False),
    Column("category", String(200)),
    Column("replies", JSON, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    # Both are empty while the round is being played.
    Column("ended_at", UtcTime),
    Column("score", JSON),
    Index("ix_practice_round_trainee", "trainee", "id"),
)

# Which article a record names: the policy of a case or a template, what an article is the translation of.
citation = Table(
    "citation",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("record_id", String(200), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("article_id", String(200), nullable=False),
    Column("named", Text, nullable=False),
    # The record's own.
    Column("resolved_at", UtcTime),
    Index("ix_citation_named", "article_id", "named"),
    Index("ix_citation_resolved_at", "article_id", "resolved_at"),
    Index("ix_citation_kind", "article_id", "kind", "record_id", "place"),
)

# The last time that somebody looked a record over and found it still right.
record_review = Table(
    "record_review",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("record_id", String(200), primary_key=True),
    Column("who", String(100), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("note", Text),
)

personal_switch = Table(
    "personal_switch",
    metadata,
    Column("field", String(40), primary_key=True),
    Column("kind", String(40), primary_key=True),
    # Where it differs from how it is by default.
    Column("replaced", Boolean, nullable=False),
)

personal_exception = Table(
    "personal_exception",
    metadata,
    # Folded: a value that names nobody.
    Column("value", String(600), primary_key=True),
    Column("who", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

erasure = Table(
    "erasure",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("who", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    # How much was removed of what; never of whom.
    Column("counts", JSON, nullable=False),
)

review_candidate = Table(
    "review_candidate",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("conversation_id", String(200), nullable=False),
    # How far the conversation went: one that goes on and is closed again gives another candidate.
    Column("messages", Integer, nullable=False),
    Column("document", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("reason", String(1000)),
    Column("rule", String(200)),
    Column("who", String(100)),
    Column("at", UtcTime),
    Column("case_id", String(200)),
    UniqueConstraint("conversation_id", "messages", name="uq_review_candidate_conversation_id"),
    Index("ix_review_candidate_state", "state", "id"),
    Index("ix_review_candidate_at", "state", "at", "id"),
)

# What became of a template's sentence in a reply that was sent. The words of the reply stay in the feedback.
template_edit = Table(
    "template_edit",
    metadata,
    Column("feedback_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("suggestion_id", String(200), nullable=False, index=True),
    # The conversation's id, or the suggestion's where it has none: it counts once.
    Column("conversation", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("template_id", String(200), nullable=False),
    # As the template writes it.
    Column("sentence", Text, nullable=False),
    Column("change", String(20), nullable=False),
    # A digest of what stands there instead; none where that can't be carried over to the template.
    Column("alike", String(32)),
    Column("offered_at", UtcTime, nullable=False),
    Index("ix_template_edit_template_id", "template_id", "change", "alike"),
)

template_dismissal = Table(
    "template_dismissal",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    # A digest of the template, the sentence and its change.
    Column("proposal", String(16), nullable=False, index=True),
    Column("template_id", String(200), nullable=False),
    # How many conversations it had, and the newest feedback then: it comes back with as many newer ones.
    Column("times", Integer, nullable=False),
    Column("last_feedback", BigInteger, nullable=False),
    Column("reason", String(1000), nullable=False),
    Column("who", String(100), nullable=False),
    Column("at", UtcTime, nullable=False),
)
