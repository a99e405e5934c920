"""The shelf of job kinds: one file a kind, each a function from a window to calls."""
