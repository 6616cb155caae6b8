"""The tables, a module each.

Each function returns ``raw`` (unrounded, for CSV), ``printed`` (text under readable headings) and
``notes`` (sentences for under the table), as `write.write_table` takes them.
"""
