"""The station between ceremonies: nobody signed in, somebody at work, and what is around them."""
