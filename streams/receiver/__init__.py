"""What Infobip tells: taken over HTTP or asked for, proven, read, and made into records."""
