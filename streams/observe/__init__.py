"""The door for operators and their tools: whether a process lives and is ready, and its metrics. Knows no job."""
