"""`python -m umstui`: the same program where no command was installed."""

from umstui.cli import main

if __name__ == "__main__":
    main()
