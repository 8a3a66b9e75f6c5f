"""The workshop of forms."""
