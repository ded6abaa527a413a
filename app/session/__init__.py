"""One session for all doors: who sees and writes which rows, the history, the notices."""
