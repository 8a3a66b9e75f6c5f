"""What a source is like, measured, and how its columns might be declared; a person decides."""
