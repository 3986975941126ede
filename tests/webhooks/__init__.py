"""Outgoing webhooks: their routes, and the deliveries to a receiver on a real socket."""
