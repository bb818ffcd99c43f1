// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ERC165Checker} from
    "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {IDoorBook} from "./interfaces/IDoorBook.sol";
import {IEventFactory} from "./interfaces/IEventFactory.sol";
import {IEventTicket} from "./interfaces/IEventTicket.sol";
import {IGuestEvent} from "./interfaces/IGuestEvent.sol";
import {IPOAP} from "./interfaces/IPOAP.sol";

/// @title The registry that makes events
/// @dev Each event is a minimal clone, made and initialised in one transaction.
contract EventFactory is IEventFactory, AccessControl, Pausable {
    /// @notice May change implementations, fee, market, roles, and pause.
    bytes32 public constant ADMIN_ROLE = keccak256("ADMIN_ROLE");
    /// @notice May make events.
    bytes32 public constant ORGANIZER_ROLE = keccak256("ORGANIZER_ROLE");

    bytes32 private constant EVENT_ID_TYPE = keccak256("EG1-event");
    uint16 private constant MAX_FEE_BPS = 1_000;
    uint16 private constant BPS = 10_000;
    uint256 private constant MAX_TIERS = 64;
    uint64 private constant MAX_REFUND_WINDOW = 366 days;
    /// @dev Times above this would not fit the packed facts of a ticket.
    uint64 private constant MAX_TIME = type(uint40).max;

    address private _ticketImplementation;
    address private _guestImplementation;
    address private _registry;
    address private _poap;
    address private _market;
    address private _feeRecipient;
    uint16 private _feeBps;
    address[] private _events;
    mapping(address eventContract => uint256) private _numbers;
    mapping(address organizer => uint256) private _nonces;

    modifier onlyEvent() {
        if (_numbers[msg.sender] == 0) revert EventFactory_NotAnEvent(msg.sender);
        _;
    }

    constructor(address admin) {
        if (admin == address(0)) revert EventFactory_ZeroAddress();
        _setRoleAdmin(ADMIN_ROLE, ADMIN_ROLE);
        _setRoleAdmin(ORGANIZER_ROLE, ADMIN_ROLE);
        _grantRole(ADMIN_ROLE, admin);
    }

    /// @inheritdoc IEventFactory
    function createEvent(IEventTicket.EventParams calldata params)
        external
        whenNotPaused
        onlyRole(ORGANIZER_ROLE)
        returns (uint256 number, address eventContract)
    {
        address implementation = _ticketImplementation;
        if (implementation == address(0)) revert EventFactory_NoImplementation();
        bytes32 salt =
            _salt(msg.sender, _nonces[msg.sender]++, keccak256(abi.encode(params)));
        (number, eventContract) = _clone(implementation, salt);
        IEventTicket(eventContract).initialize(number, msg.sender, _feeBps, _completed(params));
        _announce(number, eventContract, params);
    }

    /// @inheritdoc IEventFactory
    function createGuestEvent(
        address collection,
        string calldata name,
        string calldata metadataURI,
        uint64 startTime,
        uint64 endTime
    )
        external
        whenNotPaused
        onlyRole(ORGANIZER_ROLE)
        returns (uint256 number, address eventContract)
    {
        if (_guestImplementation == address(0)) revert EventFactory_NoImplementation();
        _requireNamedAndTimed(name, startTime, endTime);
        if (!ERC165Checker.supportsInterface(collection, type(IERC721).interfaceId)) {
            revert EventFactory_NotACollection(collection);
        }
        return _openGuestEvent(
            IGuestEvent.GuestParams(collection, name, metadataURI, startTime, endTime)
        );
    }

    /// @inheritdoc IEventFactory
    function noteUpdated(
        string calldata name,
        string calldata metadataURI,
        uint64 startTime,
        uint64 endTime
    ) external onlyEvent {
        emit EventUpdated(_numbers[msg.sender], name, metadataURI, startTime, endTime);
    }

    /// @inheritdoc IEventFactory
    function noteCancelled() external onlyEvent {
        emit EventCancelled(_numbers[msg.sender]);
    }

    /// @inheritdoc IEventFactory
    function setTicketImplementation(address implementation) external onlyRole(ADMIN_ROLE) {
        address poap_ = _adoptPoap(implementation);
        _ticketImplementation = implementation;
        emit TicketImplementationChanged(implementation, poap_);
    }

    /// @inheritdoc IEventFactory
    function setGuestImplementation(address implementation) external onlyRole(ADMIN_ROLE) {
        _adoptPoap(implementation);
        address registry_ = IGuestEvent(implementation).registry();
        // Keys are bound in one place, for ever: doors follow one registry.
        bool kept = _registry == address(0) || _registry == registry_;
        if (registry_.code.length == 0 || !kept) {
            revert EventFactory_BadImplementation(implementation);
        }
        _registry = registry_;
        _guestImplementation = implementation;
        emit GuestImplementationChanged(implementation, registry_);
    }

    /// @inheritdoc IEventFactory
    function setMarket(address market_) external onlyRole(ADMIN_ROLE) {
        _market = market_;
        emit MarketChanged(market_);
    }

    /// @inheritdoc IEventFactory
    function setPlatformFee(uint16 bps, address recipient) external onlyRole(ADMIN_ROLE) {
        if (bps > MAX_FEE_BPS || (bps != 0 && recipient == address(0))) {
            revert EventFactory_BadFee(bps, recipient);
        }
        _feeBps = bps;
        _feeRecipient = recipient;
        emit PlatformFeeChanged(bps, recipient);
    }

    /// @inheritdoc IEventFactory
    function pause() external onlyRole(ADMIN_ROLE) {
        _pause();
    }

    /// @inheritdoc IEventFactory
    function unpause() external onlyRole(ADMIN_ROLE) {
        _unpause();
    }

    /// @inheritdoc IEventFactory
    function isEvent(address candidate) external view returns (bool) {
        return _numbers[candidate] != 0;
    }

    /// @inheritdoc IEventFactory
    function numberOf(address eventContract) external view returns (uint256) {
        return _numbers[eventContract];
    }

    /// @inheritdoc IEventFactory
    function eventCount() external view returns (uint256) {
        return _events.length;
    }

    /// @inheritdoc IEventFactory
    function getEvent(uint256 number)
        external
        view
        returns (address eventContract, bytes32 eventId)
    {
        if (number == 0 || number > _events.length) revert EventFactory_UnknownEvent(number);
        return (_events[number - 1], _eventId(number));
    }

    /// @inheritdoc IEventFactory
    function getEvents(uint256 offset, uint256 limit)
        external
        view
        returns (address[] memory page)
    {
        uint256 count = _events.length;
        uint256 left = offset < count ? count - offset : 0;
        if (limit < left) left = limit;
        page = new address[](left);
        for (uint256 i = 0; i < left; ++i) {
            page[i] = _events[offset + i];
        }
    }

    /// @inheritdoc IEventFactory
    function predictEvent(address organizer, IEventTicket.EventParams calldata params)
        external
        view
        returns (address)
    {
        bytes32 salt = _salt(organizer, _nonces[organizer], keccak256(abi.encode(params)));
        return Clones.predictDeterministicAddress(_ticketImplementation, salt);
    }

    /// @inheritdoc IEventFactory
    function ticketImplementation() external view returns (address) {
        return _ticketImplementation;
    }

    /// @inheritdoc IEventFactory
    function guestImplementation() external view returns (address) {
        return _guestImplementation;
    }

    /// @inheritdoc IEventFactory
    function entryKeyRegistry() external view returns (address) {
        return _registry;
    }

    /// @inheritdoc IEventFactory
    function poap() external view returns (address) {
        return _poap;
    }

    /// @inheritdoc IEventFactory
    function market() external view returns (address) {
        return _market;
    }

    /// @inheritdoc IEventFactory
    function salesPaused() external view returns (bool) {
        return paused();
    }

    /// @inheritdoc IEventFactory
    function platformFee() external view returns (uint16 bps, address recipient) {
        return (_feeBps, _feeRecipient);
    }

    function _clone(address implementation, bytes32 salt)
        private
        returns (uint256 number, address eventContract)
    {
        eventContract = Clones.cloneDeterministic(implementation, salt);
        _events.push(eventContract);
        number = _events.length;
        _numbers[eventContract] = number;
    }

    function _openGuestEvent(IGuestEvent.GuestParams memory params)
        private
        returns (uint256 number, address eventContract)
    {
        bytes32 salt = _salt(msg.sender, _nonces[msg.sender]++, keccak256(abi.encode(params)));
        (number, eventContract) = _clone(_guestImplementation, salt);
        IGuestEvent(eventContract).initialize(number, msg.sender, params);
        emit EventCreated(
            number,
            _eventId(number),
            msg.sender,
            eventContract,
            params.name,
            params.metadataURI,
            0,
            0,
            params.startTime,
            params.endTime
        );
        emit GuestEventCreated(number, params.collection, eventContract);
    }

    /// @dev Take an implementation's certificates as ours, if both were made for this factory.
    function _adoptPoap(address implementation) private returns (address poap_) {
        if (implementation.code.length == 0) revert EventFactory_BadImplementation(implementation);
        poap_ = IDoorBook(implementation).poap();
        bool ours = IDoorBook(implementation).factory() == address(this)
            && poap_.code.length != 0 && IPOAP(poap_).factory() == address(this);
        // One certificate a person and event needs one certificate contract, for ever.
        bool kept = _poap == address(0) || _poap == poap_;
        if (!ours || !kept) revert EventFactory_BadImplementation(implementation);
        _poap = poap_;
    }

    function _announce(
        uint256 number,
        address eventContract,
        IEventTicket.EventParams calldata params
    ) private {
        emit EventCreated(
            number,
            _eventId(number),
            msg.sender,
            eventContract,
            params.name,
            params.metadataURI,
            params.tiers[0].price,
            params.maxTickets,
            params.startTime,
            params.endTime
        );
    }

    function _eventId(uint256 number) private view returns (bytes32) {
        return keccak256(abi.encode(EVENT_ID_TYPE, block.chainid, address(this), number));
    }

    /// @dev The choices with their defaults, checked. Done here: the ticket's code is near the limit.
    function _completed(IEventTicket.EventParams memory params)
        private
        view
        returns (IEventTicket.EventParams memory)
    {
        if (params.doorsOpenTime == 0) params.doorsOpenTime = params.startTime;
        if (params.freezeAt == 0) params.freezeAt = params.doorsOpenTime;
        _requireNamedAndTimed(params.name, params.startTime, params.endTime);
        if (params.doorsOpenTime > params.endTime) revert EventFactory_BadParams("doorsOpenTime");
        if (params.freezeAt > params.endTime) revert EventFactory_BadParams("freezeAt");
        if (params.refundWindow > MAX_REFUND_WINDOW) revert EventFactory_BadParams("refundWindow");
        if (params.maxTickets == 0) revert EventFactory_BadParams("maxTickets");
        if (params.maxPerPurchase == 0) revert EventFactory_BadParams("maxPerPurchase");
        if (params.royaltyBps > BPS) revert EventFactory_BadParams("royaltyBps");
        if (params.tiers.length == 0 || params.tiers.length > MAX_TIERS) {
            revert EventFactory_BadParams("tiers");
        }
        return params;
    }

    function _requireNamedAndTimed(string memory name, uint64 startTime, uint64 endTime)
        private
        view
    {
        if (bytes(name).length == 0) revert EventFactory_BadParams("name");
        if (startTime >= endTime) revert EventFactory_BadParams("startTime");
        if (endTime <= block.timestamp || endTime > MAX_TIME) {
            revert EventFactory_BadParams("endTime");
        }
    }

    function _salt(address organizer, uint256 nonce, bytes32 params)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(organizer, nonce, params));
    }
}
