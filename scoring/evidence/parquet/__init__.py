"""Evidence as Parquet: found, indexed, and read department by department like workbooks."""
