"""The messenger's doors at the root of the site: /realtime, /typing and /chat."""
