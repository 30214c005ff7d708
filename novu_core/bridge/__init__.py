"""What Novu drives: the wire of the npm package @novu/framework."""
