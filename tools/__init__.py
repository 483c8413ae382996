"""Tools for maintainers: sample evidence, forms, the font."""
