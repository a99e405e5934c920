"""Whether Infobip still holds what Kafka says: both sides read, compared, and looked at twice where they differ."""
