"""How long rows are kept that nobody deletes, and the recurring job that deletes them."""
