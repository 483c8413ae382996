"""Verification of an archive: fixity, re-derivation, ledger, reports made again."""
