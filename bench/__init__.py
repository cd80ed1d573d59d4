"""How fast Longbox is, and what one could at best expect: look-alike libraries, floors, figures.

Nothing of the server imports this package.
"""
