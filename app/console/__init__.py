"""The SMS operator's console."""
