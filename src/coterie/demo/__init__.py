"""A community to look at: people, channels, roles and a week of what they said, for development only.

Everything is found again by its name or nonce before it is made, so that seeding twice doubles nothing.
"""
