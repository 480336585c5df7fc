"""A help centre's pages as policy articles: a folder or a zip of Markdown and HTML, and its sitemap."""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import unquote, urlsplit

from knowledge_base.articles import article_from_fields
from knowledge_base.errors import InputError, RecordError
from knowledge_base.exports.encoding import encoding_of, mended
from knowledge_base.exports.models import LeftOut, Page, Read
from knowledge_base.exports.web_page import WebPage, read_page
from knowledge_base.fields import Fields, language_code
from knowledge_base.front_matter import read_front_matter

MAX_PAGE = 5_000_000
SUFFIXES = (".html", ".htm", ".xhtml", ".md", ".markdown")
LEAST_WORDS = 8
"""A page with fewer is a list of links or a redirect."""
_UNREADABLE = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)
_LOCATION = re.compile(r"<loc>\s*(?:<!\[CDATA\[)?\s*([^<\]\s]{1,2000})")
_TITLE = re.compile(r"^#\s+(.+?)\s*#*\s*$", re.MULTILINE)
_IN_PATH = re.compile(r"^[a-z]{2}(?:-[a-zA-Z]{2,4})?$")


class Files(Protocol):
    """The files of a folder or of an archive."""

    def names(self) -> list[str]:
        """Paths with slashes, sorted, and below the root."""
        ...

    def read(self, name: str) -> bytes:
        """At most MAX_PAGE + 1 bytes of a file. Raises OSError or zipfile.BadZipFile."""
        ...


@dataclass(frozen=True, slots=True)
class _Folder:
    root: Path

    def names(self) -> list[str]:
        found = []
        for folder, below, files in os.walk(self.root):
            below[:] = sorted(name for name in below if not name.startswith("."))
            for name in files:
                path = Path(folder, name)
                if not name.startswith(".") and path.is_file() and not path.is_symlink():
                    found.append(path.relative_to(self.root).as_posix())
        return sorted(found)

    def read(self, name: str) -> bytes:
        with (self.root / name).open("rb") as stream:
            return stream.read(MAX_PAGE + 1)


@dataclass(frozen=True, slots=True)
class _Archive:
    archive: zipfile.ZipFile

    def names(self) -> list[str]:
        return sorted(one.filename for one in self.archive.infolist() if not one.is_dir())

    def read(self, name: str) -> bytes:
        with self.archive.open(name) as stream:
            return stream.read(MAX_PAGE + 1)


def read_help_centre(path: Path) -> Iterator[Read]:
    """Read the pages of a folder, a zip or one file; navigation and footers are left out."""
    with _files(path) as files:
        names = files.names()
        addresses = _sitemap(files, names)
        pages = [name for name in names if PurePosixPath(name).suffix.lower() in SUFFIXES]
        taken = dict[str, str]()
        for number, name in enumerate(pages, 1):
            yield Read(_page(files, name, addresses, taken), number)


def count_pages(path: Path) -> int:
    """How many pages there are: what `done` goes up to."""
    with _files(path) as files:
        return sum(PurePosixPath(name).suffix.lower() in SUFFIXES for name in files.names())


@contextmanager
def _files(path: Path) -> Iterator[Files]:
    if path.is_dir():
        yield _Folder(path)
    elif zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                yield _Archive(archive)
        except zipfile.BadZipFile as error:
            raise InputError(f"{path.name} is a damaged zip file: make it again") from error
    else:
        yield _One(path)


@dataclass(frozen=True, slots=True)
class _One:
    path: Path

    def names(self) -> list[str]:
        return [self.path.name]

    def read(self, name: str) -> bytes:
        with self.path.open("rb") as stream:
            return stream.read(MAX_PAGE + 1)


def _page(files: Files, name: str, addresses: Mapping[str, str], taken: dict[str, str]) -> Page | LeftOut:
    try:
        raw = files.read(name)
    except _UNREADABLE:
        return LeftOut("damaged", name[:200], "the file can't be read")
    if len(raw) > MAX_PAGE:
        return LeftOut("too_large", name[:200], f"more than {MAX_PAGE:,} bytes")
    encoding = encoding_of(raw)
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    text = mended(raw.decode(encoding, errors))
    try:
        fields, body = _markdown(text, name) if _is_markdown(name) else _html(text, name, addresses)
        if len(re.findall(r"\w+", body)) < LEAST_WORDS:
            return LeftOut("empty_page", name[:200])
        article = article_from_fields(Fields.of(fields, name, 1), body)
    except RecordError as error:
        return LeftOut("not_taken", name[:200], f"{error.field} {error.message}".strip())
    if (other := taken.setdefault(article.id, name)) != name:
        return LeftOut("repeated", article.id, f"{name} and {other}"[:200])
    return Page(article, name)


def _is_markdown(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in (".md", ".markdown")


def _markdown(text: str, name: str) -> tuple[Mapping[str, object], str]:
    fields: Mapping[str, object] = {}
    body = text.strip()
    if text.lstrip("\ufeff").startswith("---"):
        head, body = read_front_matter(text, name)
        fields = head.data
    found = _TITLE.search(body)
    title = found[1] if found else PurePosixPath(name).stem.replace("-", " ").replace("_", " ").capitalize()
    if found and not body[: found.start()].strip():
        body = body[found.end() :].strip()
    known = {key: value for key, value in fields.items() if value is not None}
    told = {"id": _id_of(name), "title": title, "language": _language_in(name)}
    return {**told, **known, "id": str(known.get("id", told["id"]))}, body


def _html(text: str, name: str, addresses: Mapping[str, str]) -> tuple[Mapping[str, object], str]:
    page: WebPage = read_page(text)
    url = addresses.get(_plain(name)) or page.url
    language = language_code(page.language) if page.language else None
    return {
        "id": _id_of(name),
        "title": page.title or PurePosixPath(name).stem,
        "language": language or _language_in(name),
        "url": url or None,
    }, page.body


def _id_of(name: str) -> str:
    path = PurePosixPath(_plain(name))
    parts = ["".join(char if char.isprintable() else "-" for char in part).strip() for part in path.parts]
    return "/".join(part for part in parts if part)[-200:].strip(" /") or "index"


def _language_in(name: str) -> str | None:
    """The language that a folder is named after, as in `es/returns.html`."""
    folders = [part for part in PurePosixPath(name).parts[:-1] if _IN_PATH.match(part)]
    return next((code for part in folders if (code := language_code(part))), None)


def _plain(name: str) -> str:
    """A file's path as its address would have it: without suffix, and without `index`."""
    path = PurePosixPath(unquote(name))
    plain = path.with_suffix("") if path.suffix.lower() in SUFFIXES else path
    return (plain.parent if plain.name == "index" else plain).as_posix().strip("/.")


def _sitemap(files: Files, names: list[str]) -> dict[str, str]:
    """Path to address, for the pages that a sitemap names; the path with the host and without."""
    found: dict[str, str] = {}
    for name in names:
        if "sitemap" not in PurePosixPath(name).name.lower() or not name.lower().endswith(".xml"):
            continue
        try:
            text = files.read(name).decode("utf-8", "replace")
        except _UNREADABLE:
            continue
        for location in _LOCATION.findall(text):
            parts = urlsplit(location.replace("&amp;", "&")) if "://" in location else None
            if parts is None or parts.scheme not in ("http", "https"):
                continue
            path = _plain(parts.path or "/")
            for key in (path, f"{parts.netloc}/{path}".strip("/")):
                found.setdefault(key, parts.geturl())
    return found
