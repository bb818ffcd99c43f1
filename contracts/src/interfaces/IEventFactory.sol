// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {IEventTicket} from "./IEventTicket.sol";

/// @title The registry that makes events
interface IEventFactory {
    /// @notice An event was made.
    /// @param number From 1, in order.
    /// @param eventId keccak256(abi.encode(keccak256("EG1-event"), chainId, factory, number)).
    /// @param organizer Who manages it.
    /// @param eventContract Its ticket contract.
    /// @param name Its name.
    /// @param metadataURI Its description.
    /// @param ticketPrice The price of tier 0 in wei.
    /// @param maxTickets The most tickets that can exist at once.
    /// @param startTime Unix seconds.
    /// @param endTime Unix seconds.
    event EventCreated(
        uint256 indexed number,
        bytes32 indexed eventId,
        address indexed organizer,
        address eventContract,
        string name,
        string metadataURI,
        uint256 ticketPrice,
        uint256 maxTickets,
        uint64 startTime,
        uint64 endTime
    );

    /// @notice An event changed its name, description or times.
    /// @param number The event.
    /// @param name Its name.
    /// @param metadataURI Its description.
    /// @param startTime Unix seconds.
    /// @param endTime Unix seconds.
    event EventUpdated(
        uint256 indexed number, string name, string metadataURI, uint64 startTime, uint64 endTime
    );

    /// @notice An event was cancelled.
    /// @param number The event.
    event EventCancelled(uint256 indexed number);

    /// @notice Later events are clones of this implementation.
    /// @param implementation The ticket implementation.
    /// @param poap Its certificate contract.
    event TicketImplementationChanged(address indexed implementation, address indexed poap);

    /// @notice An event was made for an existing collection; its EventCreated stands before this.
    /// @param number The event.
    /// @param collection The ERC-721 contract whose tokens are its tickets.
    /// @param eventContract Its door book.
    event GuestEventCreated(
        uint256 indexed number, address indexed collection, address indexed eventContract
    );

    /// @notice Later guest events are clones of this implementation.
    /// @param implementation The guest event implementation.
    /// @param registry Where gate keys are bound.
    event GuestImplementationChanged(address indexed implementation, address indexed registry);

    /// @notice The registered market changed.
    /// @param market Its address; zero for none.
    event MarketChanged(address indexed market);

    /// @notice The platform fee of later events changed.
    /// @param bps In 1/10,000 of the proceeds.
    /// @param recipient Who is credited, for every event.
    event PlatformFeeChanged(uint16 bps, address indexed recipient);

    /// @notice The caller is no event of this factory.
    error EventFactory_NotAnEvent(address caller);
    /// @notice There is no event of this number.
    error EventFactory_UnknownEvent(uint256 number);
    /// @notice The address is no implementation made for this factory, its certificates and registry.
    error EventFactory_BadImplementation(address implementation);
    /// @notice A choice of the organizer is missing, out of range or contradicts another.
    error EventFactory_BadParams(bytes32 field);
    /// @notice No implementation for this kind of event has been set.
    error EventFactory_NoImplementation();
    /// @notice The fee is above the maximum, or has no recipient.
    error EventFactory_BadFee(uint16 bps, address recipient);
    /// @notice An address that must not be zero is.
    error EventFactory_ZeroAddress();
    /// @notice The address is no ERC-721 collection, as far as ERC-165 says.
    error EventFactory_NotACollection(address collection);

    /// @notice Make an event. Needs ORGANIZER_ROLE; not while paused.
    /// @param params The organizer's choices.
    /// @return number The event's number.
    /// @return eventContract Its ticket contract.
    function createEvent(IEventTicket.EventParams calldata params)
        external
        returns (uint256 number, address eventContract);

    /// @notice Make an event for an existing ERC-721 collection. Needs ORGANIZER_ROLE; not while paused.
    /// @param collection The collection whose tokens are the tickets; must say by ERC-165 that it is one.
    /// @param name The event's name.
    /// @param metadataURI Its description.
    /// @param startTime Unix seconds.
    /// @param endTime Unix seconds.
    /// @return number The event's number.
    /// @return eventContract Its door book.
    function createGuestEvent(
        address collection,
        string calldata name,
        string calldata metadataURI,
        uint64 startTime,
        uint64 endTime
    ) external returns (uint256 number, address eventContract);

    /// @notice Report a change. Events of this factory only.
    /// @param name Its name.
    /// @param metadataURI Its description.
    /// @param startTime Unix seconds.
    /// @param endTime Unix seconds.
    function noteUpdated(
        string calldata name,
        string calldata metadataURI,
        uint64 startTime,
        uint64 endTime
    ) external;

    /// @notice Report a cancellation. Events of this factory only.
    function noteCancelled() external;

    /// @notice Choose the implementation of later events. ADMIN_ROLE only.
    /// @param implementation An EventTicket made for this factory; its POAP can never change.
    function setTicketImplementation(address implementation) external;

    /// @notice Choose the implementation of later guest events. ADMIN_ROLE only.
    /// @param implementation A GuestEvent made for this factory; its POAP and registry can never change.
    function setGuestImplementation(address implementation) external;

    /// @notice Register the market. ADMIN_ROLE only.
    /// @param market_ Its address; zero for none.
    function setMarket(address market_) external;

    /// @notice Set the fee of later events and the recipient of all. ADMIN_ROLE only.
    /// @param bps In 1/10,000 of the proceeds, at most 1,000.
    /// @param recipient Who is credited.
    function setPlatformFee(uint16 bps, address recipient) external;

    /// @notice Stop new events and sales. ADMIN_ROLE only. Never stops check-ins or refunds.
    function pause() external;

    /// @notice Allow new events and sales again. ADMIN_ROLE only.
    function unpause() external;

    /// @notice Whether an address is an event of this factory. Never paused.
    /// @param candidate The address.
    /// @return Whether it is.
    function isEvent(address candidate) external view returns (bool);

    /// @notice The number of an event contract.
    /// @param eventContract The address.
    /// @return The number; zero if it is no event of this factory.
    function numberOf(address eventContract) external view returns (uint256);

    /// @notice How many events there are; also the highest number.
    /// @return The count.
    function eventCount() external view returns (uint256);

    /// @notice An event by number.
    /// @param number The number, from 1.
    /// @return eventContract Its contract.
    /// @return eventId Its globally unique id.
    function getEvent(uint256 number)
        external
        view
        returns (address eventContract, bytes32 eventId);

    /// @notice Event contracts in order of their numbers.
    /// @param offset How many to leave out.
    /// @param limit The most to return.
    /// @return Their addresses; the first has number offset + 1.
    function getEvents(uint256 offset, uint256 limit) external view returns (address[] memory);

    /// @notice Where an organizer's next event with these choices will be.
    /// @param organizer The organizer.
    /// @param params The choices.
    /// @return The address.
    function predictEvent(address organizer, IEventTicket.EventParams calldata params)
        external
        view
        returns (address);

    /// @notice The implementation of later events.
    /// @return Its address; zero before the first.
    function ticketImplementation() external view returns (address);

    /// @notice The implementation of later guest events.
    /// @return Its address; zero before the first.
    function guestImplementation() external view returns (address);

    /// @notice Where the owners of guest tickets bind their gate keys.
    /// @return The EntryKeyRegistry; zero before the first guest implementation.
    function entryKeyRegistry() external view returns (address);

    /// @notice The certificate contract.
    /// @return Its address; zero before the first implementation.
    function poap() external view returns (address);

    /// @notice The registered market.
    /// @return Its address; zero for none.
    function market() external view returns (address);

    /// @notice Whether sales of all events are stopped.
    /// @return True while the factory is paused.
    function salesPaused() external view returns (bool);

    /// @notice The platform fee.
    /// @return bps Of later events, in 1/10,000 of the proceeds.
    /// @return recipient Who is credited, for every event.
    function platformFee() external view returns (uint16 bps, address recipient);
}
