"""The guard in a process of its own, killed and replaced when a text is too much for it."""
