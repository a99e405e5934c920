"""Templates of users rendered: in a process of their own, within bounds of time, memory, stack and output."""
