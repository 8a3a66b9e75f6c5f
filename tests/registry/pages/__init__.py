"""The pages of the register at work."""
