"""`python -m bench costs`: what one account can cost everyone else, by every route, frame and stream."""
