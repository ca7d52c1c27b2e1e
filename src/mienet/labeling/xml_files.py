"""XML as programs write it: elements with their lines, and nothing that reaches outside the file.

A document type can name other files and define text that grows without bound; no program whose
annotations are read here writes one, so that a file with one is refused.
"""

import re
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from mienet.annotations.records import AnnotationError
from mienet.annotations.tables import BYTE_ORDER_MARKS

MOST_DEPTH = 200
"""Elements inside each other; annotations have some ten."""


_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


class _Node(Element):
    """An element that knows the line at which it begins."""

    line = 0


def parse_xml(path: Path, content: bytes) -> Element:
    """Returns the root of an XML file.

    Args:
        path: The file, for messages.
        content: What stands in it. UTF-8 and UTF-16 are told by the bytes, whatever the file
            declares, as programs and editors that save it anew often leave that as it was.

    Raises:
        AnnotationError: If it is no XML, with the line, or if it defines a document type.
    """
    builder = TreeBuilder(element_factory=_Node)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            raise AnnotationError("bad XML", [f"{path}:{parser.CurrentLineNumber}: too deep"])
        node = builder.start(name, attributes)
        if isinstance(node, _Node):
            node.line = parser.CurrentLineNumber

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name)

    def refuse(*_: object) -> None:
        problem = f"{path}:{parser.CurrentLineNumber}: defines a document type; take it out"
        raise AnnotationError("bad XML", [problem])

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(_in_utf8(content), True)
    except expat.ExpatError as error:
        what = expat.errors.messages.get(error.code, "not XML")
        raise AnnotationError("bad XML", [f"{path}:{error.lineno}: no XML: {what}"]) from error
    except (LookupError, ValueError) as error:  # an encoding that is not known
        raise AnnotationError("bad XML", [f"{path}: {error}"]) from error
    return builder.close()


def _in_utf8(content: bytes) -> bytes:
    """Returns UTF-8 or UTF-16 as UTF-8 that declares nothing, and anything else as it is."""
    mark = next((m for m in BYTE_ORDER_MARKS if content.startswith(m)), b"")
    unmarked = {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}.get(content[:2], "utf-8")
    try:
        text = content[len(mark) :].decode(BYTE_ORDER_MARKS.get(mark, unmarked))
    except UnicodeDecodeError:
        return content
    return _DECLARATION.sub(lambda found: "\n" * found[0].count("\n"), text).encode()


def line_of(node: Element) -> int:
    """Returns the line at which an element of ``parse_xml`` begins."""
    return node.line if isinstance(node, _Node) else 0


def text_of(node: Element, name: str) -> str:
    """Returns the text of the first child of that name, without white space; empty if none."""
    return (node.findtext(name) or "").strip()
