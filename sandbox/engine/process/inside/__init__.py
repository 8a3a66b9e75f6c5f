"""What runs inside the wall: the only modules here that open DuckDB."""
