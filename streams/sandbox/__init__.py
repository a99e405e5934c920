"""A simulated Infobip, an embedded broker and sample data, for the demo and the tests."""
