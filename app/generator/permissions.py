"""Permissions: which method of a record's pages and API asks for which of the two, to read and to write."""

OF_PAGES = ("list", "show", "related", "history", "reach", "options", "export_csv", "export_xlsx")
OF_VIEWS = ("views", "view_delete")
OF_THE_API = ("info", "get", "get_list")
WRITES = ("add", "edit", "delete", "bulk", "cell_form", "post", "put")
METHODS = dict.fromkeys((*OF_PAGES, *OF_VIEWS, *OF_THE_API), "read") | dict.fromkeys(WRITES, "write")
