"""Decisions of both registers, from plain values: who may do what, by when, and with what."""
