"""Live connections to the log: the gateway, `/realtime`, and the streams under `/sync`.

A socket and `/realtime` each have a `live_connection`. Its `subscriptions` are those of the `followable` topics that it
follows, and its `outlet` yields `records`. The gateway sends a `ready`, then the records as `frames`; `client_frames`
handles what the client sends.

A stream is of one of the `collections`, which `addresses` name, or of a document's text. An `opening` says where its
`topic_reader` begins, and an `endless_response` sends what the reader yields, in the format of `braid` or of an
`event_stream`.

`permissions/watch.py` decides who may follow what, and until when; `permissions/keys.py` decides which changes of a
server a viewer receives.
"""
