"""A small electronic chart: a web application of another house, which knows the service by OpenID Connect alone.

It imports nothing of ours. What it does, any application can do: sign people in, look at a token, and ask for more by
RFC 9470. Its patients are invented.
"""
