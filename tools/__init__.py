"""Tools beside the product: sample evidence, the font."""
