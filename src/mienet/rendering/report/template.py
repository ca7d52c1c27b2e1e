"""From a template and what it shows to a page: one HTML file that needs no other."""

from pathlib import Path
from typing import Any

from mienet.escaping import shown
from mienet.files import write_whole


def write_report_page(path: Path, template: str, **content: Any) -> None:
    """Writes a page; all text in it is escaped by the template engine.

    Args:
        path: The page.
        template: Its name in ``rendering/report/pages``, such as ``recordings.html.j2``.
        content: What the template shows, by the names that it has for it.

    Raises:
        OSError: If it cannot be written, with its name.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    pages = Environment(
        loader=PackageLoader("mienet.rendering.report", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["shown"] = shown
    write_whole(path, pages.get_template(template).render(content))
