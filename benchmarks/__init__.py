"""What is fast and what is not, measured against the budgets and against peers."""
