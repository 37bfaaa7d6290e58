"""The only package that opens DuckDB: connect and lock down, read sql/, order it, build, publish."""
