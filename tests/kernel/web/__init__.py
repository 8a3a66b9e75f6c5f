"""Tests of what is about HTTP and no page of ours."""
