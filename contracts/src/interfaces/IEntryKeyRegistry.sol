// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

/// @title Gate keys of tickets that are somebody else's NFTs
/// @notice What ERC-4907 `setUser` is for tickets of our own: the owner names the key that may
/// present the ticket at one event's door.
/// @dev A registry hears nothing of transfers in another contract. It keeps the owner who bound, and
/// `keyOf` asks the collection who owns the token now: another owner, no key. A token that goes away
/// and comes back is its first owner's again, so `keyOf` would tell the old key again, though a
/// transfer ended the binding. Doors do not ask `keyOf`: they read every transfer of the collection and
/// take no key that was bound before the last one.
interface IEntryKeyRegistry {
    /// @notice A key was bound, or with a zero key the binding ended.
    /// @param eventId The event.
    /// @param token The collection.
    /// @param tokenId The token in it.
    /// @param owner Who owned it then, as the collection said.
    /// @param key The key that may present the token; zero for none.
    /// @param expires Last unix second at which it may.
    /// @param nonce How many keys have been bound: the epoch of passes. Ending a binding keeps it.
    event KeyBound(
        bytes32 indexed eventId,
        address indexed token,
        uint256 indexed tokenId,
        address owner,
        address key,
        uint64 expires,
        uint32 nonce
    );

    /// @notice The caller does not own the token, as far as its collection says.
    error EntryKeyRegistry_OnlyOwner(address token, uint256 tokenId, address caller);

    /// @notice Bind a key, which ends every earlier binding and raises the nonce; zero only ends it.
    /// @dev By the owner only, never by an operator: a marketplace's approval could bind.
    /// @param eventId The event.
    /// @param token The collection.
    /// @param tokenId The token in it.
    /// @param key The key that may present the token; zero for none.
    /// @param expires Last unix second at which it may.
    function bind(bytes32 eventId, address token, uint256 tokenId, address key, uint64 expires)
        external;

    /// @notice The key that may present a token now.
    /// @dev Runs the collection's code. See the note on tokens that went away and came back.
    /// @param eventId The event.
    /// @param token The collection.
    /// @param tokenId The token in it.
    /// @return The key; zero if none is bound, it has expired, or the owner is another.
    function keyOf(bytes32 eventId, address token, uint256 tokenId)
        external
        view
        returns (address);

    /// @notice What was bound last, whoever owns the token now.
    /// @param eventId The event.
    /// @param token The collection.
    /// @param tokenId The token in it.
    /// @return owner Who bound it; zero if nobody ever did.
    /// @return key The key; zero if the binding was ended.
    /// @return expires Last unix second at which it counts.
    /// @return nonce How many keys have been bound.
    function bindingOf(bytes32 eventId, address token, uint256 tokenId)
        external
        view
        returns (address owner, address key, uint64 expires, uint32 nonce);

    /// @notice How many keys have been bound to a token for an event: the epoch of its passes.
    /// @param eventId The event.
    /// @param token The collection.
    /// @param tokenId The token in it.
    /// @return The nonce; zero if there never was a key.
    function nonceOf(bytes32 eventId, address token, uint256 tokenId)
        external
        view
        returns (uint32);
}
