"""Evidence as Parquet: found and indexed, and the records of some departments read as their workbooks would be."""
