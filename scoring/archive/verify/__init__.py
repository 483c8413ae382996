"""Checking an archive: files, signature, label, scores, ledgers, reports."""
