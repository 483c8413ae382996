"""Properties of every page: one language, one title, headings in order, alternative texts."""

from __future__ import annotations

import re
from itertools import pairwise

from bs4 import BeautifulSoup


def sound_page(text: str) -> None:
    """Assert that a page is sound HTML."""
    page = BeautifulSoup(text, "html.parser")
    assert page.html is not None
    assert page.html["lang"] == "zh-CN"
    assert len(page.find_all("h1")) == 1
    levels = [int(heading.name[1]) for heading in page.find_all(re.compile(r"^h[1-6]$"))]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(header.get("scope") for header in page.find_all("th"))
    assert all(image.get("alt") for image in page.find_all("img"))
    assert page.find("script") is None
