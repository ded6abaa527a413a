"""The school's rules and the rules of SMS text: plain Python, no database, no clock, no Flask."""
