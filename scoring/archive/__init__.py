"""The yearly archive: a sealed folder with a year's evidence, scheme, results and program; and its verification."""
