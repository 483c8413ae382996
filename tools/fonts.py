"""Makes the two font files of ``scoring/report/fonts`` from Noto Sans CJK; run once, kept for reproducibility.

    python -m tools.fonts FOLDER_WITH_NOTO_TTC

FOLDER_WITH_NOTO_TTC holds ``NotoSansCJK-Regular.ttc`` and ``NotoSansCJK-Bold.ttc``, version 2.004 (Debian's
package ``fonts-noto-cjk`` has both). Takes about a minute; the same input gives the same bytes.
"""

import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.misc.transform import Transform
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTCollection, TTFont

FAMILY = "Scorecard Sans SC"
UPSTREAM = "Noto Sans CJK SC"
FONTS = Path(__file__).parents[1] / "scoring" / "report" / "fonts"
HANGUL = (
    (0x1100, 0x11FF),
    (0x3130, 0x318F),
    (0x3200, 0x321F),
    (0x3260, 0x327F),
    (0xA960, 0xA97F),
    (0xAC00, 0xD7FF),
    (0xFFA0, 0xFFDC),
)
VARIATION_SELECTORS = [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]
CHECK, SQUARE = 0x2713, 0x25A1
BASIC_CMAP, WHOLE_CMAP, BEYOND_BASIC = 4, 12, 0x10000


def main(folder: Path, target: Path) -> None:
    """Read both collections in ``folder`` and write one OTF per weight to ``target``."""
    for weight in ("Regular", "Bold"):
        fonts = TTCollection(str(folder / f"NotoSansCJK-{weight}.ttc"), lazy=True).fonts
        font = next(font for font in fonts if font["name"].getDebugName(1) == UPSTREAM)
        font.recalcTimestamp = False
        _cut(font)
        _draw_marks(font, stroke=70 if weight == "Regular" else 110)
        _give_blanks_a_glyph(font)
        _rename(font, weight)
        font.save(target / f"ScorecardSansSC-{weight}.otf")


def _cut(font: TTFont) -> None:
    """Drop hangul, vertical setting and hints; keep every ideograph and symbol."""
    options = subset.Options(hinting=False, layout_features=["kern", "halt", "ccmp", "mark"], notdef_outline=True)
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx", "DSIG"]
    options.name_languages = [0x409]
    options.name_IDs = list(range(15))
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[c for c in font.getBestCmap() if not any(a <= c <= b for a, b in HANGUL)])
    cutter.subset(font)


def _draw_marks(font: TTFont, stroke: int) -> None:
    """Add the ticks, crosses and ballot boxes that upstream lacks, drawn from its own tick and square."""
    names, glyphs = font.getBestCmap(), font.getGlyphSet()

    def copy(code: int) -> Callable[[Any], None]:
        recording = DecomposingRecordingPen(glyphs)
        glyphs[names[code]].draw(recording)
        replay: Callable[[Any], None] = recording.replay
        return replay

    def cross(pen: Any, arm: float = 300, width: float = stroke) -> None:
        for turn in (0.785398, -0.785398):
            bar = TransformPen(pen, Transform().translate(500, 380).rotate(turn))
            bar.moveTo((-arm, -width / 2))
            for point in ((arm, -width / 2), (arm, width / 2), (-arm, width / 2)):
                bar.lineTo(point)
            bar.closePath()

    tick, square = copy(CHECK), copy(SQUARE)
    small = Transform().translate(500, 380).scale(0.62).translate(-500, -380)
    marks: dict[int, list[Callable[[Any], None]]] = {
        0x2714: [tick],
        0x2715: [cross],
        0x2717: [cross],
        0x2716: [lambda pen: cross(pen, width=stroke * 1.6)],
        0x2718: [lambda pen: cross(pen, width=stroke * 1.6)],
        0x2610: [square],
        0x2611: [square, lambda pen: tick(TransformPen(pen, small))],
        0x2612: [square, lambda pen: cross(pen, arm=230)],
    }
    for code, strokes in marks.items():
        _add_glyph(font, code, strokes)


def _add_glyph(font: TTFont, code: int, strokes: list[Callable[[Any], None]], advance: int = 1000) -> None:
    """Append a glyph to a CID-keyed CFF font: charset, outline, font dictionary, metrics and cmap."""
    top = font["CFF "].cff.topDictIndex[0]
    name = next(f"cid{cid:05}" for cid in range(1, 65535) if f"cid{cid:05}" not in top.CharStrings.charStrings)
    dictionary = top.FDSelect[font.getGlyphID(font.getBestCmap()[SQUARE])]
    pen = T2CharStringPen(advance, None)
    for stroke in strokes:
        stroke(pen)
    outline = pen.getCharString(top.FDArray[dictionary].Private, font["CFF "].cff.GlobalSubrs)
    outline.fdSelectIndex = dictionary
    order = [*font.getGlyphOrder(), name]
    top.CharStrings.charStringsIndex.append(outline)
    top.CharStrings.charStrings[name] = len(order) - 1
    top.FDSelect.gidArray.append(dictionary)
    top.charset = order
    font.setGlyphOrder(order)
    font["hmtx"].metrics[name] = (advance, 0)
    _map(font, code, name)


def _give_blanks_a_glyph(font: TTFont) -> None:
    """Map every space to a space and every invisible character to nothing, so that none needs another font."""
    have = font.getBestCmap()
    formats = [c for c in range(BEYOND_BASIC) if unicodedata.category(chr(c)) == "Cf" and c not in have]
    spaces = [c for c in range(BEYOND_BASIC) if unicodedata.category(chr(c)) in ("Zs", "Zl", "Zp") and c not in have]
    _add_glyph(font, 0x200B, [], advance=0)
    for code in {*formats, *VARIATION_SELECTORS} - have.keys() - {0x200B}:
        _map(font, code, font.getBestCmap()[0x200B])
    for code in spaces:
        _map(font, code, have[0x20])


def _map(font: TTFont, code: int, name: str) -> None:
    for table in font["cmap"].tables:
        if table.format == WHOLE_CMAP or (table.format == BASIC_CMAP and code < BEYOND_BASIC):
            table.cmap[code] = name


def _rename(font: TTFont, weight: str) -> None:
    """Give the changed font a name of its own: Noto is a trademark."""
    postscript = f"{FAMILY.replace(' ', '')}-{weight}"
    names = {
        1: FAMILY,
        2: weight,
        3: f"2.004;{postscript}",
        4: f"{FAMILY} {weight}",
        6: postscript,
        10: f"Derived from {UPSTREAM} 2.004: hangul, vertical setting and hints dropped, a few marks added.",
    }
    for name_id, text in names.items():
        font["name"].setName(text, name_id, 3, 1, 0x409)
    for name_id in (7, 16, 17):
        font["name"].removeNames(nameID=name_id)
    top = font["CFF "].cff
    top.fontNames = [postscript]
    top.topDictIndex[0].FullName, top.topDictIndex[0].FamilyName = f"{FAMILY} {weight}", FAMILY
    top.topDictIndex[0].rawDict.pop("Notice", None)  # the name table says it


if __name__ == "__main__":
    main(Path(sys.argv[1]), FONTS)
