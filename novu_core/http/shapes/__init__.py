"""What Novu's server API and its inbox API share: queries, bodies, filters, answers and errors in Novu's shape."""
