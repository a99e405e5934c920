"""infobip-streams: a stream processor between Kafka audiences and Infobip."""
