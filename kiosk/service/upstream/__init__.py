"""People outside workspaces sign in by the hospital's own OpenID Provider, whose client the service is (decision 55).

``going`` sends a browser there, ``provider_line`` speaks to it, ``id_tokens`` reads what it says, ``arriving`` decides
who that is here and gives the application its code.
"""
