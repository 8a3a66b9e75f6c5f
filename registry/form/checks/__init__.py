"""What can be wrong with a form: shapes of single values, names, values that contradict, rights."""
