"""Who brings people from Infobip to a topic: our service, and what else one could run in its place."""
