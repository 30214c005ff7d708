"""What the peer's JavaScript libraries do, as the wire needs it. Whoever changes the product need not come in here."""
