"""A whole archive verifies, from its folder and from its .zip; what it says of itself."""

from __future__ import annotations

from scoring.archive.bag import Sealed
from scoring.archive.verify.run import Asked, verify


def test_an_archive_verifies(sealed: Sealed) -> None:
    for path in (sealed.folder, sealed.packed):
        verified = verify(path, Asked())
        assert verified.holds, verified.lines()
        assert verified.identifier == sealed.identifier
