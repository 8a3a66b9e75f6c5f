"""Search over the entries: tokens that are made here, so that both database engines agree."""
