// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

/// @title ERC-4907: a second role, the user, on an ERC-721 token
/// @notice Here the user of a ticket is its gate key: the key that signs the rotating code.
/// @dev Interface id 0xad092b5c.
interface IERC4907 {
    /// @notice The user of a token was set or cleared.
    /// @param tokenId The ticket.
    /// @param user The gate key; zero when cleared.
    /// @param expires Last unix second at which the user counts.
    event UpdateUser(uint256 indexed tokenId, address indexed user, uint64 expires);

    /// @notice Bind a gate key to a ticket. Owner only, never an operator.
    /// @param tokenId The ticket.
    /// @param user The gate key; zero clears.
    /// @param expires Last unix second at which the user counts.
    function setUser(uint256 tokenId, address user, uint64 expires) external;

    /// @notice The user that counts now.
    /// @param tokenId The ticket.
    /// @return The gate key; zero if none is set or it has expired.
    function userOf(uint256 tokenId) external view returns (address);

    /// @notice The stored expiry of the user, also when it has passed.
    /// @param tokenId The ticket.
    /// @return Unix seconds, inclusive; zero if no user is set.
    function userExpires(uint256 tokenId) external view returns (uint256);
}
