"""What people who look after jobs ask and do, whether by a command or in the console: states, dead letters, traces."""
