"""`python -m streams`: the same as the command `infobip-streams`."""

from streams.cli import main

main()
