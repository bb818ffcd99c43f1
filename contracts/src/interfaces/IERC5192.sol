// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

/// @title ERC-5192: minimal soulbound tokens
/// @dev Interface id 0xb45a3c0e.
interface IERC5192 {
    /// @notice The token can not be moved.
    /// @param tokenId The token.
    event Locked(uint256 tokenId);

    /// @notice The token can be moved. Never emitted here.
    /// @param tokenId The token.
    event Unlocked(uint256 tokenId);

    /// @notice Whether the token is bound to its holder.
    /// @param tokenId The token; must exist.
    /// @return True when it can not be moved.
    function locked(uint256 tokenId) external view returns (bool);
}
