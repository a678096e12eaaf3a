"""People's coming and going by a directory (decision 37): one core, two sources.

``wanted`` whom a directory describes · ``deciding`` what follows for one person · ``brake`` when to stop and ask ·
``carrying`` how it is carried out · ``planning`` a whole answer · ``tokens`` who may speak SCIM · ``scim/`` its
resources · ``ldap_*`` how LDAP is asked and read · ``pulling`` the minute's work.
"""
