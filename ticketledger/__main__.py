"""`python -m ticketledger` is the `ticketledger` command."""

from ticketledger import main

if __name__ == "__main__":
    main()
