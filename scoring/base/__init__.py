"""Used by all packages: points, characters, files, names of files, working days, errors."""
