"""Values only: no Qt, no torch, no database. Everything else in memviz speaks in these."""
