"""An OpenID Provider: a person's session at a workstation signs them in to applications (decision 39).

``parameters`` reads an authorization request, ``tickets`` seals it, ``attesting`` hears the workstation, ``releasing``
gives the browser its code, ``exchanging`` makes tokens of it, ``token_use`` says what they are worth, ``signing_out``
and ``logout_delivery`` end them. No password is asked for anywhere.
"""
