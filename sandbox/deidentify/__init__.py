"""The workshop that turns raw files into de-identified snapshots; the only reader of raw data."""
