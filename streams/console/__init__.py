"""What a person sees: tables of states, topics and dead letters."""
