"""Raw data of any shape becomes one Parquet file of texts, read once and in batches; types are found afterwards."""
