"""An SMSC with phones on this machine: the demo's operator, and the tests'."""
