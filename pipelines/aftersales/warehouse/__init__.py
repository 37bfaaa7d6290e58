"""The only package that opens DuckDB: connect, lock down, read sql/, order it, build, publish."""
