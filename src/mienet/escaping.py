"""Names made harmless where people read them: on a terminal and in messages."""

import unicodedata

JOINERS = "\u200c\u200d"
"""Format characters that Persian, Indic scripts and emoji are written with."""

ESCAPED_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Control, format (bidirectional overrides, invisible ones), lone surrogates, line separators."""


def shown(text: object) -> str:
    r"""Returns a name, or a message of one line, with what could upset a terminal as escapes.

    A name may hold anything: ``\x1b[2J`` clears a screen, a line break makes up a message of its
    own, U+202E turns the reading direction, and bytes that are not UTF-8 cannot be printed.
    """
    return "".join(map(_escaped, str(text)))


def _escaped(character: str) -> str:
    if unicodedata.category(character) not in ESCAPED_CATEGORIES or character in JOINERS:
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8, as Python holds it in a path
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()
