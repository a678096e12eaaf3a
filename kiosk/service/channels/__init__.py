"""The ways in which a message leaves the house: electronic mail, a webhook, the hospital's own program.

``rules`` reads ``[messages]`` and says which way a message goes; each other file is one way, and answers None once the
other side has taken the message, else what went wrong in a few words.
"""
