"""What WeasyPrint draws from memory is what it draws without one."""

from __future__ import annotations

import subprocess
import sys

_PAGE = """
import hashlib, sys
from scoring.report import pdf, svgmemory
if sys.argv[1] == "untouched":
    svgmemory.remember = lambda: None
letter = 'M 0 0 L 3 0 C 4 1 4 2 3 3 z'
def drawing(colour, shift):
    return f'''<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
    width="90" height="40">
    <defs><path id="a" d="{letter}"/><clipPath id="c"><rect width="50" height="30"/></clipPath></defs>
    <defs><g><path id="a" d="M 0 0 L 9 9"/><path id="b" d="M 0 0 L 2 2 L 2 0 z" transform="scale(2)"/></g></defs>
    <g fill="{colour}" clip-path="url(#c)" transform="translate({shift} 5)">
    <use xlink:href="#a"/><use xlink:href="#b" transform="translate(10 0)"/><use xlink:href="#none"/>
    <path d="{letter}" style="stroke: {colour}; fill: none; opacity: 0.5"/></g></svg>'''
def page(colour, shift):
    import base64
    data = base64.b64encode(drawing(colour, shift).encode()).decode()
    return f'<html lang="zh"><title>t</title><p><img alt="t" src="data:image/svg+xml;base64,{data}"></p></html>'
for colour, shift in (("red", 5), ("blue", 5), ("red", 9), ("red", 5)):
    print(hashlib.sha256(pdf.write_pdf(page(colour, shift))).hexdigest())
"""


def _pages(how: str) -> list[str]:
    ran = subprocess.run([sys.executable, "-c", _PAGE, how], check=True, capture_output=True, text=True)
    return ran.stdout.split()


def test_the_bytes_are_those_of_an_untouched_weasyprint() -> None:
    remembering = _pages("remembering")
    assert remembering == _pages("untouched")
    assert remembering[0] == remembering[3]
    assert len(set(remembering)) == 3, "nothing of one page shows in another"
