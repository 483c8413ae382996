"""The yearly archive: a sealed folder with a year's evidence, scheme, results and program.

``seal`` writes one, ``opened`` reads it, ``verify`` checks it; ``years`` opens archives and folders to compare them.
"""
