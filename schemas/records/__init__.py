"""Every record that this service reads or writes, and what it remembers in topics of its own."""
