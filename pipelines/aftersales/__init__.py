"""After-sales analytics from the export files merchants have."""

__version__ = "0.1.0"
