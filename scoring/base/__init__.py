"""What every room uses: points, characters, files, names of files, working days, errors."""
