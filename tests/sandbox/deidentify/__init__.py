"""Tests of the workshop that de-identifies."""
