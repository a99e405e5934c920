"""The door to Kafka: clients, consumers, producers, topics. Knows no job."""
