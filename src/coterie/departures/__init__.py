"""Deleted accounts: what they leave behind is dissolved in steps, and the account is gone after the last."""
