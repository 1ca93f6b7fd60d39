"""The only place where flows meet the world: sockets, the clock, the ledger, the credentials."""
