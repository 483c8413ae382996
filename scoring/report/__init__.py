"""What notebooks use: tables, charts, sentences, files. Nothing here scores."""
