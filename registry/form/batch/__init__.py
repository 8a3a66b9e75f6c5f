"""Forms as tables: the template that an office fills in, and its rows as forms again.

Row 1 holds the names of the fields, row 2 may hold labels (its first cell begins with ``#``), and
every further row is one application. Nothing in a file is ever evaluated.
"""

from registry.form.batch.columns import columns_of
from registry.form.batch.reading import Row, read_rows
from registry.form.batch.template import template
from registry.form.batch.values import cell_of, judge_row, values_of

__all__ = ["Row", "cell_of", "columns_of", "judge_row", "read_rows", "template", "values_of"]
