"""The only user of web3, eth_account and JSON-RPC."""
