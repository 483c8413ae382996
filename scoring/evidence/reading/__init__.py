"""Workbooks and Parquet files in: the one pass over each."""
