"""Where the people of profiles can be reached. Quiet: no I/O, no clock."""
