"""What jobs did, added up as it is told: so that whoever asks reads a summary, and never all of a topic."""
