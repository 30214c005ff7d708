"""The pages behind the links of a mail. A package, as its parent is."""
