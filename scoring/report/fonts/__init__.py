"""The Chinese font that comes with the project: Scorecard Sans SC, Regular and Bold, under the OFL.

No font of the machine is ever used, so a page looks the same where no Chinese font is installed.
"""

import warnings
from pathlib import Path

FAMILY = "Scorecard Sans SC"
FOLDER = Path(__file__).parent
REGULAR = Path(__file__).with_name("ScorecardSansSC-Regular.otf")
BOLD = Path(__file__).with_name("ScorecardSansSC-Bold.otf")


def use_in_matplotlib() -> None:
    """Draw every chart from now on with this font, the same way each time.

    A character that the font lacks becomes an error; matplotlib would only warn and draw an empty box.
    """
    from matplotlib import font_manager, rcParams

    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in (REGULAR, BOLD):
        if str(path) not in known:
            font_manager.fontManager.addfont(path)
    rcParams["font.family"] = [FAMILY]
    rcParams["axes.unicode_minus"] = True
    rcParams["svg.fonttype"] = "path"
    rcParams["svg.hashsalt"] = FAMILY
    warnings.filterwarnings("error", message=r"Glyph .* missing from font", category=UserWarning)
