"""Permissions: a record has two, to read and to write, for its pages and its API alike."""

PERMISSIONS = ("can_read", "can_write")
READS = ("list", "show", "history", "options", "export_csv", "export_xlsx", "info", "get", "get_list")
WRITES = ("add", "edit", "delete", "post", "put")
METHODS = dict.fromkeys(READS, "read") | dict.fromkeys(WRITES, "write")
