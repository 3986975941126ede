"""The messenger's endpoints at the root of the site: /realtime, /typing and /chat."""
