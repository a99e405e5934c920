"""The commands, and what a person sees in a terminal."""
