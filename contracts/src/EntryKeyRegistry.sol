// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {ForeignOwner} from "./ForeignOwner.sol";
import {IEntryKeyRegistry} from "./interfaces/IEntryKeyRegistry.sol";

/// @title Gate keys of tickets that are somebody else's NFTs
/// @dev Has no owner, no roles and no settings; one serves every event of a chain.
contract EntryKeyRegistry is IEntryKeyRegistry {
    struct Binding {
        address owner;
        uint64 expires;
        uint32 nonce;
        address key;
    }

    mapping(bytes32 place => Binding) private _bindings;

    /// @inheritdoc IEntryKeyRegistry
    function bind(bytes32 eventId, address token, uint256 tokenId, address key, uint64 expires)
        external
    {
        if (ForeignOwner.ownerOf(token, tokenId) != msg.sender) {
            revert EntryKeyRegistry_OnlyOwner(token, tokenId, msg.sender);
        }
        Binding storage stored = _bindings[_place(eventId, token, tokenId)];
        uint32 nonce = stored.nonce;
        if (key == address(0)) {
            if (stored.key == address(0)) return;
            expires = 0;
        } else {
            ++nonce;
        }
        stored.owner = msg.sender;
        stored.expires = expires;
        stored.nonce = nonce;
        stored.key = key;
        emit KeyBound(eventId, token, tokenId, msg.sender, key, expires, nonce);
    }

    /// @inheritdoc IEntryKeyRegistry
    function keyOf(bytes32 eventId, address token, uint256 tokenId)
        external
        view
        returns (address)
    {
        Binding memory stored = _bindings[_place(eventId, token, tokenId)];
        if (stored.key == address(0) || block.timestamp > stored.expires) return address(0);
        return ForeignOwner.ownerOf(token, tokenId) == stored.owner ? stored.key : address(0);
    }

    /// @inheritdoc IEntryKeyRegistry
    function bindingOf(bytes32 eventId, address token, uint256 tokenId)
        external
        view
        returns (address owner, address key, uint64 expires, uint32 nonce)
    {
        Binding memory stored = _bindings[_place(eventId, token, tokenId)];
        return (stored.owner, stored.key, stored.expires, stored.nonce);
    }

    /// @inheritdoc IEntryKeyRegistry
    function nonceOf(bytes32 eventId, address token, uint256 tokenId)
        external
        view
        returns (uint32)
    {
        return _bindings[_place(eventId, token, tokenId)].nonce;
    }

    function _place(bytes32 eventId, address token, uint256 tokenId)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(eventId, token, tokenId));
    }
}
