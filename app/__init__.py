"""The school journal: rules, records, pages. Nothing is imported here, so that a rule can be read without Flask."""
