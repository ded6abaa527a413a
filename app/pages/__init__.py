"""Pages made by hand, where people do not think in rows."""
