"""Attacks on mode ``dp`` as a licensee could make them, each with its rate of success (privacy.md 3)."""
