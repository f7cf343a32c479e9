"""The one reader of files of reviews: CSV, TSV, JSON Lines and Parquet, in chunks."""
