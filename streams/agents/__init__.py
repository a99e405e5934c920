"""The door to Kafka: consumes, writes, commits."""
