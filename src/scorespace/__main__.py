"""`python -m scorespace` is the command line."""

from scorespace.cli import main

if __name__ == "__main__":
    main()
