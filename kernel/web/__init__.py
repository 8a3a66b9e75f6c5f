"""Everything about HTTP that is no page of ours; only entrances and the composition root import it."""
