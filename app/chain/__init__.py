"""The only user of web3, eth_account and JSON-RPC.

Importing this package imports none of them: each is loaded by the function that first needs it, so
that a kiosk starts into scanning without paying for them.
"""
