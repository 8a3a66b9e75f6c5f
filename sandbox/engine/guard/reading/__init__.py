"""Reading: from the analyst's text to the guard's plan, or to a refusal.

``gate`` looks at characters and tokens, ``parse`` calls the parser, ``queries`` and
``expressions`` read its tree into our nodes with the names of ``scope``.
"""
