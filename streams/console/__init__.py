"""The web page over all processes of a file: pages made here, live, offline, and safe to leave open."""
