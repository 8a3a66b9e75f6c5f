"""The workshop of application forms: one declaration, and everything that is derived from it.

A *form* is one flat JSON object of field names and values; tables are lists of objects. ``fields``
says what a field is, ``groups`` declares the two forms, ``dictionaries`` holds the lists of codes,
``validate`` tells all problems of a form at once, and ``batch`` reads and writes forms as tables.
Pure of HTTP and database.
"""
