"""A page of a help centre: its title, language and address, and its text as Markdown with its headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_BODIES = (
    ".article-body, .article__body, .article-content, .articleBody, .article_body, [itemprop=articleBody],"
    " .intercom-interblocks",
    "article", "main, [role=main]", "#main-content, #content, .main-content, .content", "body",
)  # fmt: skip
"""Where an article's text stands, the most certain first."""
_LEAST = 120
"""Characters of text without which a place isn't taken for the article's."""
_ASIDE = (
    "nav, footer, aside, form, button, script, style, noscript, template, iframe, svg, dialog, select, input,"
    " [role=navigation], [role=banner], [role=contentinfo], [role=search], [role=complementary], [hidden],"
    " .breadcrumb, .breadcrumbs, .sidebar, .side-bar, .pagination, .article-votes, .article-footer,"
    " .article-share,"
    " .article-relatives, .related, .related-articles, .recent-articles, .comments, .comment-list,"
    " .cookie-banner,"
    " .toc, .table-of-contents, .skip-link, .share, .social, .navbar, .site-header, .site-footer,"
    " .header, .footer"
)
_HEADER = "body > header, #header"
_SITE = re.compile(r"\s+[|–—·-]\s+[^|–—·]{1,60}$")
_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class WebPage:
    """What a page says. `url` and `language` are empty where it names none."""

    title: str
    body: str
    language: str = ""
    url: str = ""


def read_page(markup: str) -> WebPage:
    """Read a page, whatever its markup: what is no text of its own is left out."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(markup)
    title, language, url = _title(tree), _language(tree), _address(tree)
    for node in tree.css(f"{_ASIDE}, {_HEADER}"):
        node.decompose()
    place = _body(tree)
    if place is None:
        return WebPage(title, "", language, url)
    return WebPage(title, _without_title(_markdown(place.html or ""), title), language, url)


def _body(tree: LexborHTMLParser) -> LexborNode | None:
    found = None
    for selector in _BODIES:
        for node in tree.css(selector):
            found = node
            if len(node.text(strip=True)) >= _LEAST:
                return node
    return found


def _markdown(markup: str) -> str:
    from markdownify import markdownify

    try:
        text: str = markdownify(markup, heading_style="ATX", bullets="-", strip=["img"])
    except RecursionError:  # thousands of elements within each other
        from selectolax.lexbor import LexborHTMLParser

        text = LexborHTMLParser(markup).text(separator="\n", strip=True)
    lines = (line.rstrip() for line in text.split("\n"))
    return _LINES.sub("\n\n", "\n".join(lines)).strip()


def _without_title(body: str, title: str) -> str:
    """The title stands in the article's head; it isn't said again as its first heading."""
    first, _, rest = body.partition("\n")
    return rest.strip() if first.lstrip("# ").strip() == title else body


def _title(tree: LexborHTMLParser) -> str:
    heading = tree.css_first("article h1, main h1, .article-title, h1")
    named = tree.css_first('meta[property="og:title"]')
    for text in (
        heading.text() if heading else "",
        (named.attributes.get("content") or "") if named else "",
    ):
        if text.strip():
            return " ".join(text.split())[:300]
    title = tree.css_first("title")
    return _SITE.sub("", " ".join(title.text().split()))[:300] if title else ""


def _language(tree: LexborHTMLParser) -> str:
    root = tree.css_first("html")
    return ((root.attributes.get("lang") or "") if root else "").strip()[:40]


def _address(tree: LexborHTMLParser) -> str:
    link = tree.css_first('link[rel="canonical"]')
    url = ((link.attributes.get("href") or "") if link else "").strip()
    return url[:1000] if url.startswith(("https://", "http://")) else ""
