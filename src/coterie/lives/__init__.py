"""How long rows live that nobody deletes, and the recurring work that ends them."""
