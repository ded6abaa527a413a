"""What every page and every API call shares: the signed-in person, sessions, errors, headers, words, the menu."""
