"""Drawing for all results: the style of figures, tables in four formats, HTML pages."""
