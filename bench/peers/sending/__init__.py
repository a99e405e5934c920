"""Who texts people that enter: our service, and what else one could run in its place."""
