"""A demo community: people, channels, roles and a week of messages, for development only.

Everything is looked up by its name or nonce before it is created, so that seeding twice creates no duplicates.
"""
