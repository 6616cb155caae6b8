"""What results share to show themselves: the style of figures, tables in four formats, HTML."""
