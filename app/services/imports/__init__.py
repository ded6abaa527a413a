"""Imports by spreadsheet: a file is read, its rows become drafts of records, the session saves them or refuses."""
