// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {IDoorBook} from "./interfaces/IDoorBook.sol";

/// @dev The facts of one ticket in one storage slot: a check-in reads it once and writes it once.
/// From the low end: status 8, tier 16, epoch 32, checkedAt 40, boughtAt 40, door 16, paid 8, tag 96.
/// (A struct would be read and written field by field, 1,800 gas more a check-in.)
type Entry is uint256;

using Entries for Entry global;

/// @title Reading and changing the fields of an Entry
library Entries {
    uint256 private constant TIER = 8;
    uint256 private constant EPOCH = 24;
    uint256 private constant CHECKED_AT = 56;
    uint256 private constant BOUGHT_AT = 96;
    uint256 private constant DOOR = 136;
    uint256 private constant PAID = 152;
    uint256 private constant TAG = 160;
    /// @dev What a check-in replaces: status, checkedAt, door and tag.
    uint256 private constant CHECK_IN_FIELDS = type(uint8).max
        | (uint256(type(uint40).max) << CHECKED_AT) | (uint256(type(uint16).max) << DOOR)
        | (uint256(type(uint96).max) << TAG);

    /// @dev A ticket that has just been minted.
    function minted(uint16 tier_, uint32 epoch_, bool paid_) internal view returns (Entry) {
        return Entry.wrap(
            uint256(IDoorBook.TicketStatus.Valid) | (uint256(tier_) << TIER)
                | (uint256(epoch_) << EPOCH) | (uint256(uint40(block.timestamp)) << BOUGHT_AT)
                | (uint256(paid_ ? 1 : 0) << PAID)
        );
    }

    function withCheckIn(Entry entry, uint40 at, uint16 door_, bytes12 tag_)
        internal
        pure
        returns (Entry)
    {
        return Entry.wrap(
            (Entry.unwrap(entry) & ~CHECK_IN_FIELDS) | uint256(IDoorBook.TicketStatus.Used)
                | (uint256(at) << CHECKED_AT) | (uint256(door_) << DOOR)
                | (uint256(uint96(tag_)) << TAG)
        );
    }

    function withStatus(Entry entry, IDoorBook.TicketStatus status_)
        internal
        pure
        returns (Entry)
    {
        return Entry.wrap((Entry.unwrap(entry) & ~uint256(type(uint8).max)) | uint256(status_));
    }

    /// @dev Fails at the last epoch instead of running into the next field.
    function withNextEpoch(Entry entry) internal pure returns (Entry) {
        uint256 next = uint256(epoch(entry) + 1);
        uint256 rest = Entry.unwrap(entry) & ~(uint256(type(uint32).max) << EPOCH);
        return Entry.wrap(rest | (next << EPOCH));
    }

    function withoutPayment(Entry entry) internal pure returns (Entry) {
        return Entry.wrap(Entry.unwrap(entry) & ~(uint256(type(uint8).max) << PAID));
    }

    function status(Entry entry) internal pure returns (IDoorBook.TicketStatus) {
        return IDoorBook.TicketStatus(uint8(Entry.unwrap(entry)));
    }

    function tier(Entry entry) internal pure returns (uint16) {
        return uint16(Entry.unwrap(entry) >> TIER);
    }

    function epoch(Entry entry) internal pure returns (uint32) {
        return uint32(Entry.unwrap(entry) >> EPOCH);
    }

    function checkedAt(Entry entry) internal pure returns (uint40) {
        return uint40(Entry.unwrap(entry) >> CHECKED_AT);
    }

    function boughtAt(Entry entry) internal pure returns (uint40) {
        return uint40(Entry.unwrap(entry) >> BOUGHT_AT);
    }

    function door(Entry entry) internal pure returns (uint16) {
        return uint16(Entry.unwrap(entry) >> DOOR);
    }

    function paid(Entry entry) internal pure returns (bool) {
        return uint8(Entry.unwrap(entry) >> PAID) != 0;
    }

    function tag(Entry entry) internal pure returns (bytes12) {
        return bytes12(uint96(Entry.unwrap(entry) >> TAG));
    }
}
