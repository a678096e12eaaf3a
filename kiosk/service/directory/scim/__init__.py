"""SCIM 2.0 (RFC 7643, RFC 7644) over the same core: what a client wants of Users and Groups, carried out at once.

``reading`` bodies · ``filters`` and ``patching`` what they ask for · ``users``, ``groups`` the acts · ``answers`` and
``described`` what is said back · ``refusing`` errors. Every function takes the transaction's ``Connection``.
"""
