"""Imports by spreadsheet: the people of a school as people list them."""
