"""The engine workshop, pure of HTTP and of our database.

``guard`` turns an analyst's text into SQL of our own, or refuses it; ``process`` runs that SQL
in single-use, confined children over a licence extract.
"""
