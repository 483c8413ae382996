"""演示方案，非正式文件: an exercise, not an official document; the scheme of 2017 with a few changes (scheme.toml)."""
