"""Small programs behind the Makefile's verbs."""
