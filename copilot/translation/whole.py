"""Translating a masked text whole: no paragraph is lost and every token comes back, or it is an error.

Blocks go whole, so that a broken sentence stays one; what fails goes by line, then between its tokens.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from copilot.translation.pieces import around
from copilot.translation.protect import TOKEN, tokens
from knowledge_base.errors import BadProviderResponseError

BLOCK_BYTES = 4000
"""One request for each of Apertium's pieces, and no more than a page to be sent again line by line."""
_LINE_ENDS = re.compile(r"(\r\n|[\r\n\u2028\u2029])")
_CANONICAL = re.compile(r"XPH\d+X")

Translate = Callable[[str], str]


def translate_masked(text: str, translate: Translate) -> str:
    """Translate a masked text; the result has the same lines, and the same tokens in each of them."""
    parts = _LINE_ENDS.split(text)
    lines, ends = parts[::2], [*parts[1::2], ""]
    done: list[str] = []
    for block in _blocks(lines):
        done += _translate_block(block, translate)
    return "".join(line + end for line, end in zip(done, ends, strict=True))


def _blocks(lines: list[str]) -> list[list[str]]:
    """Neighbouring lines that together take at most `BLOCK_BYTES`; a longer line stands alone."""
    blocks: list[list[str]] = []
    size = 0
    for line in lines:
        length = len(line.encode("utf-8", errors="replace")) + 1
        if not blocks or size + length > BLOCK_BYTES:
            blocks.append([])
            size = 0
        blocks[-1].append(line)
        size += length
    return blocks


def _translate_block(lines: list[str], translate: Translate) -> list[str]:
    wanted = [index for index, line in enumerate(lines) if has_words(line)]
    if not wanted:
        return lines
    if len(wanted) == 1:
        return [_translate_line(line, translate) if has_words(line) else line for line in lines]
    filled = [index for index, line in enumerate(lines) if line.strip()]
    answer = around("\n".join(lines), translate).split("\n")
    answered = [line for line in answer if line.strip()]
    if len(answered) != len(filled):
        return [_translate_line(line, translate) if has_words(line) else line for line in lines]
    result = list(lines)
    for index, translated in zip(filled, answered, strict=True):
        if index in wanted:
            result[index] = _accept(lines[index], translated, translate)
    return result


def _translate_line(line: str, translate: Translate) -> str:
    return _accept(line, around(line, translate), translate)


def _accept(line: str, translated: str, translate: Translate) -> str:
    """The translation with the line's own outer space, if it kept the tokens; else the rung below."""
    translated = " ".join(translated.split()) if "\n" in translated else translated
    if not translated.strip() or tokens(translated) != tokens(line):
        return _around_tokens(line, translate)
    return around(line, lambda _: TOKEN.sub(lambda match: f"XPH{int(match[1])}X", translated))


def _around_tokens(line: str, translate: Translate) -> str:
    """Translate what stands between the tokens and put it together again."""
    parts = re.split(r"(XPH\d+X)", line)
    done = [
        part if _CANONICAL.fullmatch(part) or not has_words(part) else around(part, translate)
        for part in parts
    ]
    result = "".join(done)
    emptied = any(old.strip() and not new.strip() for old, new in zip(parts, done, strict=True))
    if emptied or tokens(result) != tokens(line):
        raise BadProviderResponseError("the translator drops parts of the text; name another translator")
    return result


def has_words(text: str) -> bool:
    """Whether anything but tokens, digits and signs is left to translate."""
    return any(char.isalpha() for char in _CANONICAL.sub("", text))
