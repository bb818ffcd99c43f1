// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {IDoorBook} from "./IDoorBook.sol";

/// @title An event whose tickets are the tokens of an existing ERC-721 collection
/// @notice Keeps doors and check-ins; the tickets are somebody else's. It sells nothing and moves nothing.
/// @dev Check-ins run no code of the collection, so it can neither fail a batch nor make one dear. What
/// the door signed is what counts: it judged the owner from the collection's transfers. Transfers can
/// not be frozen here; a ticket that is sold after its check-in stays used.
interface IGuestEvent is IDoorBook {
    /// @notice What an organizer chooses. Times are unix seconds.
    struct GuestParams {
        address collection;
        string name;
        string metadataURI;
        uint64 startTime;
        uint64 endTime;
    }

    /// @notice An event at a glance.
    struct GuestInfo {
        address organizer;
        address collection;
        address registry;
        uint64 startTime;
        uint64 endTime;
        bool cancelled;
    }

    /// @notice The rewards contract changed.
    /// @param hooks Its address; zero for none.
    event HooksChanged(address indexed hooks);

    /// @notice Only the factory may do this.
    error GuestEvent_OnlyFactory(address caller);
    /// @notice Only the event's organizer may do this.
    error GuestEvent_OnlyOrganizer(address caller);
    /// @notice The event is cancelled.
    error GuestEvent_Cancelled();
    /// @notice The event has ended.
    error GuestEvent_Ended(uint64 endTime);
    /// @notice A choice of the organizer is missing or out of range.
    error GuestEvent_BadParams(bytes32 field);

    /// @notice Set a new clone up. Once, by the factory.
    /// @param number_ The event's number.
    /// @param organizer_ Who manages it.
    /// @param params The organizer's choices, checked by the factory.
    function initialize(uint256 number_, address organizer_, GuestParams calldata params) external;

    /// @notice Change name, description or times; not after the end.
    /// @param name_ The name.
    /// @param metadataURI_ The description.
    /// @param startTime Unix seconds.
    /// @param endTime Unix seconds; not in the past.
    function updateEvent(
        string calldata name_,
        string calldata metadataURI_,
        uint64 startTime,
        uint64 endTime
    ) external;

    /// @notice Change the rewards contract.
    /// @param hooks_ Its address; zero for none.
    function setHooks(address hooks_) external;

    /// @notice Cancel the event, for ever. Check-ins already made are still taken.
    function cancel() external;

    /// @notice Whether somebody could come in with a ticket that nobody has used.
    /// @dev Runs the collection's code.
    /// @param tokenId The token.
    /// @param holder Who would come in.
    /// @return Whether the holder owns the token, and it is unused.
    function verifyTicket(uint256 tokenId, address holder) external view returns (bool);

    /// @notice The epoch of a ticket's passes: how many keys its owners bound for this event.
    /// @param tokenId The token.
    /// @return The registry's nonce.
    function epochOf(uint256 tokenId) external view returns (uint32);

    /// @notice The collection whose tokens are the tickets.
    /// @return Its address.
    function collection() external view returns (address);

    /// @notice Where gate keys are bound.
    /// @return The EntryKeyRegistry.
    function registry() external view returns (address);

    /// @notice The event's name.
    /// @return The name.
    function name() external view returns (string memory);

    /// @notice The event at a glance.
    /// @return What is stored.
    function guestInfo() external view returns (GuestInfo memory);
}
