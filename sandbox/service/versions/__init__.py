"""What becomes of a version of a dataset: signatures under its risk report, its last day, its deletion."""
