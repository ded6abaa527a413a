"""The way to and from the SMSC: a process of its own that empties the outbox and takes what comes back."""
