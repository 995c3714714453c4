"""`python -m finder.cli`: the command, from whichever Python runs this."""

from finder.cli import main

main()
