"""The demo: a broker, samples, and the whole way in a minute."""
