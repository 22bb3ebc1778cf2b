"""A whole suite: every simulator, a node, and a procedure that is played against it."""
