"""The page is whole, comes from the server alone, and has no script or style inside."""

import re
from importlib.resources import files

import pytest

WEB = files("mienet.server") / "web"
NAMES = sorted(file.name for file in WEB.iterdir())
MODULES = [name for name in NAMES if name.endswith(".js")]
PAGE = (WEB / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("module", MODULES)
def test_what_a_module_imports_is_there(module: str) -> None:
    text = (WEB / module).read_text(encoding="utf-8")
    assert set(re.findall(r'from "\./(.+?)"', text)) <= set(MODULES)


def test_what_the_page_loads_is_there() -> None:
    loaded = re.findall(r'(?:src|href)="(.+?)"', PAGE)
    assert {name.removeprefix("/web/") for name in loaded} == {"icon.svg", "main.js", "style.css"}


def test_nothing_comes_from_elsewhere() -> None:
    texts = [(WEB / name).read_text(encoding="utf-8") for name in NAMES]
    addresses = {found for text in texts for found in re.findall(r"https?://[^\"\s]+", text)}
    assert addresses == {"http://www.w3.org/2000/svg"}


def test_the_page_has_no_script_or_style_inside() -> None:
    assert not re.search(r"<style|<script(?![^>]*src=)|\sstyle=|\son\w+=", PAGE)


def test_every_element_that_a_module_names_is_in_the_page() -> None:
    texts = [(WEB / name).read_text(encoding="utf-8") for name in MODULES]
    named = {found for text in texts for found in re.findall(r'byId\("([\w-]+)"\)', text)}
    assert named <= set(re.findall(r'\bid="([\w-]+)"', PAGE))
