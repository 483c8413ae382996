"""What notebooks call: tables, charts, sentences, files. Nothing here scores."""
