"""Permissions: which method of a record's pages and API asks for which of the two, to read and to write."""

READS = ("list", "show", "history", "reach", "options", "export_csv", "export_xlsx", "info", "get", "get_list")
WRITES = ("add", "edit", "delete", "post", "put")
METHODS = dict.fromkeys(READS, "read") | dict.fromkeys(WRITES, "write")
