"""Background work: RQ jobs by subject, and the clock. A job's arguments are ids; its truth is in the database."""
