"""The launcher: starts, watches and ends everything that one machine needs."""
