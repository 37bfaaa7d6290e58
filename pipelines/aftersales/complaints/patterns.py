"""What a phrase may be written with, so that every engine finds the same, in linear time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from aftersales.complaints.folding import fold

LONGEST = 200  # characters a phrase may span
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT)
_MANY = 16
_MACRO = re.compile(r"\{([A-Za-z]\w*)\}")
_SPECIAL = frozenset(".^$*+?{}[]\\|()")
_BANNED = {
    op.ASSERT: "looks around",
    op.ASSERT_NOT: "looks around",
    op.GROUPREF: "refers back to a group",
    op.GROUPREF_EXISTS: "refers back to a group",
    op.ATOMIC_GROUP: "has an atomic group",
    op.POSSESSIVE_REPEAT: "has a possessive repeat",
}


class BadPatternError(ValueError):
    """A phrase no engine could be given; the message says why and what to write instead."""


def compiled(pattern: str, macros: Mapping[str, str]) -> str:
    """A phrase as both engines take it: macros written out, folded, checked.

    Raises:
        BadPatternError: it does not parse, could match nothing at all, looks around, or could
            take more than linear time.
    """
    text = _folded(_expanded(pattern, macros))
    try:
        tree = parser.parse(text, re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise BadPatternError(f"'{pattern}' is no regular expression: {error}") from error
    _check(tree, pattern)
    shortest, _ = tree.getwidth()
    if shortest == 0:
        raise BadPatternError(f"'{pattern}' would be found in every text; make a part of it needed")
    if shortest > LONGEST:
        raise BadPatternError(f"'{pattern}' needs {shortest} characters; {LONGEST} are the most")
    return text


def _expanded(pattern: str, macros: Mapping[str, str]) -> str:
    def one(match: re.Match[str]) -> str:
        if match[1] not in macros:
            known = ", ".join(f"{{{name}}}" for name in sorted(macros))
            raise BadPatternError(f"'{pattern}' uses {match[0]}, which is no macro; known: {known}")
        return macros[match[1]]

    return _MACRO.sub(one, pattern)


def _folded(pattern: str) -> str:
    """The pattern in the spelling texts are folded to; ？ means itself, never "optional"."""
    out = []
    escaped = False
    for char, plain in zip(pattern, fold(pattern), strict=True):
        if escaped:
            out.append(char)
            escaped = False
            continue
        escaped = char == "\\"
        out.append("\\" + plain if plain != char and plain in _SPECIAL else plain)
    return "".join(out)


def _check(tree: Any, pattern: str) -> None:
    """Refuse what an engine lacks, and repeats in repeats, which backtracking never ends."""
    for operation, told in tree:
        if operation in _BANNED:
            raise BadPatternError(f"'{pattern}' {_BANNED[operation]}; write it without")
        if operation is op.AT and told not in (op.AT_BOUNDARY, op.AT_NON_BOUNDARY):
            raise BadPatternError(f"'{pattern}' is anchored; write it without ^, $, \\A and \\Z")
        if operation in _REPEATS:
            _, most, inner = told
            if not _is_single(inner) and most > _MANY:
                raise BadPatternError(
                    f"'{pattern}' repeats a group without end, which can take for ever;"
                    f" repeat it {{0,{_MANY}}} times at most"
                )
            if most > 1 and not _is_single(inner) and not _is_fenced(inner):
                raise BadPatternError(
                    f"'{pattern}' repeats what repeats, which can take for ever; put something"
                    " between that the inner one does not take, as the blank in ( \\w+){0,4}"
                )
            _check(inner, pattern)
        elif operation is op.SUBPATTERN:
            _check(told[-1], pattern)
        elif operation is op.BRANCH:
            for branch in told[1]:
                _check(branch, pattern)


def _is_single(tree: Any) -> bool:
    """One character, whichever."""
    return len(tree) == 1 and tree[0][0] in (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY)


def _is_fenced(tree: Any) -> bool:
    """Whether a repeated group can be taken apart in one way only, as far as is easily seen.

    Nothing in it varies in length, or one of its characters is none that what varies may take.
    """
    varying = list(_varying(tree))
    if not varying:
        return True
    if len(tree) == 1 and tree[0][0] is op.SUBPATTERN:
        return _is_fenced(tree[0][1][-1])
    fences = [node for node in tree if node[0] in (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY)]
    return any(
        all(
            not (_admits(fence, char) and _admits(each, char)) for each in varying for char in _SEEN
        )
        for fence in fences
    )


def _varying(tree: Any) -> Iterator[Any]:
    """The characters repeated a varying number of times anywhere in a tree, as nodes."""
    for operation, told in tree:
        if operation in _REPEATS:
            least, most, inner = told
            if most > 1 and least != most and _is_single(inner):
                yield inner[0]
            else:
                yield from _varying(inner)
        elif operation is op.SUBPATTERN:
            yield from _varying(told[-1])
        elif operation is op.BRANCH:
            for branch in told[1]:
                yield from _varying(branch)


_SEEN = "".join(map(chr, range(1, 0x250))) + "、。「」一不了的退换货好差…🙂"


def _admits(node: Any, char: str) -> bool:
    """Whether a node of one character may be that one."""
    operation, told = node
    if operation is op.IN:
        negated = told[0][0] is op.NEGATE
        return any(_admits(each, char) for each in told[negated:]) != negated
    if operation is op.LITERAL:
        return bool(ord(char) == told)
    if operation is op.NOT_LITERAL:
        return bool(ord(char) != told)
    if operation is op.RANGE:
        return bool(told[0] <= ord(char) <= told[1])
    if operation is op.CATEGORY:
        return bool(_CATEGORIES[told](char))
    return char != "\n"


def _is_word(char: str) -> bool:
    return char == "_" or (char.isascii() and char.isalnum())


_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    op.CATEGORY_WORD: _is_word,
    op.CATEGORY_NOT_WORD: lambda char: not _is_word(char),
    op.CATEGORY_DIGIT: lambda char: char in "0123456789",
    op.CATEGORY_NOT_DIGIT: lambda char: char not in "0123456789",
    op.CATEGORY_SPACE: lambda char: char in " \t\n\r\f\v",
    op.CATEGORY_NOT_SPACE: lambda char: char not in " \t\n\r\f\v",
}
