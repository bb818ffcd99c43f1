// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

/// @title What an event contract calls on its hooks address (rewards)
/// @notice Called with a gas cap; a hook that fails or has no code changes nothing for the caller.
interface IEventHooks {
    /// @notice Tickets were bought.
    /// @param buyer Who paid.
    /// @param recipient Who owns the tickets.
    /// @param tier The tier.
    /// @param firstTokenId The first of the consecutive token ids.
    /// @param quantity How many.
    /// @param paid The price in wei, without overpayment.
    function onPurchase(
        address buyer,
        address recipient,
        uint16 tier,
        uint256 firstTokenId,
        uint256 quantity,
        uint256 paid
    ) external;

    /// @notice Attendees were checked in; one call a batch.
    /// @param attendees Holders at the scan; zeros are to be passed over, and one may occur twice.
    function onCheckIn(address[] calldata attendees) external;
}
