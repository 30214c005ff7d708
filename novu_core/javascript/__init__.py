"""What the peer's JavaScript libraries do, as far as the wire depends on it. Changes to the product rarely touch it."""
