"""Text into complaint categories, with evidence: phrases people edit, a model, both together."""
