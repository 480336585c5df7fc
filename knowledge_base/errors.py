"""The exceptions that Precedent raises on purpose.

PrecedentError
├── InputError               a file or a value from outside can't be used
│   └── RecordError          one record of an import: file, line, field
├── KnowledgeBaseError
│   ├── NotFoundError        no record of that kind and id
│   ├── ConflictError        the record exists already, or changed meanwhile
│   └── StorageError         the database can't be opened, read or written
├── AboveAuthorityError      a grant that its giver may not make alone
├── NotPublisherError        somebody who may only propose wants to publish
├── BlockedError             what is to be published brings findings that the manager lets block
├── IndexingError
│   ├── IndexMissingError    nothing was indexed yet
│   ├── IndexRecipeError     the index was built by another recipe
│   ├── IndexDamagedError    a file of the index is missing or unreadable
│   └── ModelError           the encoder can't be loaded or isn't the expected one
├── TemplateError            a reply template can't be read or rendered
├── TranslationError
│   ├── RateLimitedError, ProviderUnavailableError (ProviderUnreachedError), ProviderTimeoutError,
│   ├── ProviderAuthError, BadProviderResponseError, UnsupportedPairError, InputTooLongError
│   └── NoProviderError      no translator is configured
├── NoPolisherError          no language model is configured that may reword a draft
├── HelpdeskError            a helpdesk's API can't be reached, refuses, or is not configured
├── SignatureError           a webhook that its helpdesk did not sign, or not lately
└── SettingsError            a setting can't be used: names the variable and its value

Messages say what to do next and hold no customer text and no key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class PrecedentError(Exception):
    """Base of all; `status` is the HTTP status that the web layer answers with."""

    status = 500


class InputError(PrecedentError):
    """Something given from outside can't be used as it is."""

    status = 422


class RecordError(InputError):
    """One record of an import can't be used; `line` counts from 1, `field` may be empty."""

    def __init__(self, file: str, line: int, field: str, message: str) -> None:
        self.file, self.line, self.field, self.message = file, line, field, message
        place = f"{file}, line {line}" + (f", field {field}" if field else "")
        super().__init__(f"{place}: {message}")


class KnowledgeBaseError(PrecedentError):
    """The store can't do what was asked."""


class NotFoundError(KnowledgeBaseError):
    """No record of that kind has that id."""

    status = 404

    def __init__(self, kind: str, record_id: str) -> None:
        self.kind, self.record_id = kind, record_id
        super().__init__(f"there is no {kind} {record_id!r}")


class ConflictError(KnowledgeBaseError):
    """The record exists already, or changed since it was read."""

    status = 409


class StorageError(KnowledgeBaseError):
    """The database can't be opened, read or written."""

    status = 503


class AboveAuthorityError(PrecedentError):
    """Somebody wants to grant what policy leaves to others, and names nobody who approved it."""

    status = 403


class NotPublisherError(PrecedentError):
    """Somebody wants to publish who may only propose."""

    status = 403


class BlockedError(PrecedentError):
    """What is to be published brings findings that the manager lets block; nothing was stored.

    `findings` are all that it brings, each with check, severity, subject, message, and whether it `blocks`.
    """

    status = 409

    def __init__(self, findings: Sequence[Mapping[str, Any]]) -> None:
        self.findings = tuple(findings)
        blocking = [one for one in findings if one["blocks"]]
        named = "; ".join(f"{one['check']} ({one['subject']})" for one in blocking[:5])
        more = f" and {len(blocking) - 5} more" if len(blocking) > 5 else ""
        super().__init__(
            f"held back, nothing was stored: {named}{more}; mend it, or let a publisher override it, "
            "who says why"
        )


class IndexingError(PrecedentError):
    """Base of what can go wrong with the index."""

    status = 503


class IndexMissingError(IndexingError):
    """Nothing was indexed yet."""


class IndexRecipeError(IndexingError):
    """The index was built by another recipe (model, splitting, version)."""


class IndexDamagedError(IndexingError):
    """A file of the index is missing or unreadable."""


class ModelError(IndexingError):
    """The encoder can't be loaded, or isn't the one expected."""


class TemplateError(PrecedentError):
    """A reply template can't be read or rendered; `line` is that of its text, where it is known."""

    status = 422

    def __init__(self, message: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(message)


class TranslationError(PrecedentError):
    """Base of what can go wrong between us and a translation provider."""

    status = 502


class RateLimitedError(TranslationError):
    """The provider asks us to slow down."""


class ProviderUnavailableError(TranslationError):
    """The provider can't be reached or answers with a server error."""


class ProviderUnreachedError(ProviderUnavailableError):
    """No connection came about: nothing was sent, so the same may be sent again."""


class ProviderTimeoutError(TranslationError):
    """The provider did not answer within the deadline."""


class ProviderAuthError(TranslationError):
    """The provider refuses the key."""


class BadProviderResponseError(TranslationError):
    """The provider answered, but not with a translation."""


class UnsupportedPairError(TranslationError):
    """The provider doesn't translate between these two languages."""

    status = 422


class InputTooLongError(TranslationError):
    """The text is longer than the provider takes."""

    status = 422


class NoProviderError(TranslationError):
    """No translator is configured for this pair."""

    status = 422


class NoPolisherError(PrecedentError):
    """No language model is configured that may reword a draft."""

    status = 409


class HelpdeskError(PrecedentError):
    """A helpdesk's API can't be reached, refuses, or is not configured."""

    status = 502


class SignatureError(PrecedentError):
    """A webhook isn't signed by the helpdesk, or is too old; nothing of it was taken."""

    status = 401


class SettingsError(PrecedentError):
    """A setting can't be used; the message names the variable and its value."""
