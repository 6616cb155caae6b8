"""What people look at: figures, tables, and the page that shows all of them in order."""
