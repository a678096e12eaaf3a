"""My keys: a person's own badges, keys and codes."""

from kiosk.ui.screens.my_keys.page import MyKeysPage as MyKeysPage
