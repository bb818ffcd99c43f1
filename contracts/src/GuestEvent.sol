// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {DoorBook} from "./DoorBook.sol";
import {Entry} from "./Entry.sol";
import {ForeignOwner} from "./ForeignOwner.sol";
import {IDoorBook} from "./interfaces/IDoorBook.sol";
import {IEntryKeyRegistry} from "./interfaces/IEntryKeyRegistry.sol";
import {IEventFactory} from "./interfaces/IEventFactory.sol";
import {IGuestEvent} from "./interfaces/IGuestEvent.sol";

/// @title An event whose tickets are the tokens of an existing ERC-721 collection
/// @dev A clone made by the factory.
contract GuestEvent is IGuestEvent, DoorBook, Initializable {
    /// @dev As of tickets: times above this are typing errors.
    uint64 private constant MAX_TIME = type(uint40).max;

    IEntryKeyRegistry private immutable REGISTRY;

    address private _collection;
    uint64 private _startTime;
    bool private _cancelled;
    address private _organizer;
    uint64 private _endTime;
    string private _name;
    string private _metadataURI;

    modifier onlyOrganizer() {
        if (msg.sender != _organizer) revert GuestEvent_OnlyOrganizer(msg.sender);
        _;
    }

    modifier notCancelled() {
        if (_cancelled) revert GuestEvent_Cancelled();
        _;
    }

    constructor(address factory_, address poap_, address registry_) DoorBook(factory_, poap_) {
        REGISTRY = IEntryKeyRegistry(registry_);
        _disableInitializers();
    }

    /// @inheritdoc IGuestEvent
    function initialize(uint256 number_, address organizer_, GuestParams calldata params)
        external
        initializer
    {
        if (msg.sender != factory()) revert GuestEvent_OnlyFactory(msg.sender);
        _setNumber(number_);
        _organizer = organizer_;
        _collection = params.collection;
        _write(params.name, params.metadataURI, params.startTime, params.endTime);
    }

    /// @inheritdoc IGuestEvent
    function updateEvent(
        string calldata name_,
        string calldata metadataURI_,
        uint64 startTime,
        uint64 endTime
    ) external onlyOrganizer notCancelled {
        if (block.timestamp > _endTime) revert GuestEvent_Ended(_endTime);
        if (bytes(name_).length == 0) revert GuestEvent_BadParams("name");
        if (endTime <= block.timestamp || endTime > MAX_TIME) {
            revert GuestEvent_BadParams("endTime");
        }
        if (startTime >= endTime) revert GuestEvent_BadParams("startTime");
        _write(name_, metadataURI_, startTime, endTime);
        IEventFactory(factory()).noteUpdated(name_, metadataURI_, startTime, endTime);
    }

    /// @inheritdoc IGuestEvent
    function setHooks(address hooks_) external onlyOrganizer {
        _storeHooks(hooks_);
        emit HooksChanged(hooks_);
    }

    /// @inheritdoc IGuestEvent
    function cancel() external onlyOrganizer notCancelled {
        _cancelled = true;
        IEventFactory(factory()).noteCancelled();
    }

    /// @inheritdoc IGuestEvent
    function verifyTicket(uint256 tokenId, address holder) external view returns (bool) {
        return holder != address(0) && ForeignOwner.ownerOf(_collection, tokenId) == holder
            && _entryOf(tokenId).status() != TicketStatus.Used;
    }

    /// @inheritdoc IGuestEvent
    function epochOf(uint256 tokenId) external view returns (uint32) {
        return _epochOf(tokenId);
    }

    /// @inheritdoc IGuestEvent
    function collection() external view returns (address) {
        return _collection;
    }

    /// @inheritdoc IGuestEvent
    function registry() external view returns (address) {
        return address(REGISTRY);
    }

    /// @inheritdoc IGuestEvent
    function name() external view returns (string memory) {
        return _name;
    }

    /// @inheritdoc IDoorBook
    function metadataURI() external view returns (string memory) {
        return _metadataURI;
    }

    /// @inheritdoc IDoorBook
    function organizer() external view returns (address) {
        return _organizer;
    }

    /// @inheritdoc IGuestEvent
    function guestInfo() external view returns (GuestInfo memory) {
        return GuestInfo(
            _organizer, _collection, address(REGISTRY), _startTime, _endTime, _cancelled
        );
    }

    function _write(
        string calldata name_,
        string calldata metadataURI_,
        uint64 startTime,
        uint64 endTime
    ) private {
        _name = name_;
        _metadataURI = metadataURI_;
        _startTime = startTime;
        _endTime = endTime;
    }

    function _managesDoors(address account) internal view override returns (bool) {
        return account == _organizer;
    }

    /// @dev Asks our registry, never the collection. Most tickets have epoch 0 and need no question.
    function _judgeTicket(uint256 tokenId, Entry, uint32 epoch)
        internal
        view
        override
        returns (SkipReason)
    {
        bool ahead = epoch != 0 && epoch > _epochOf(tokenId);
        return ahead ? SkipReason.EpochAhead : SkipReason.None;
    }

    function _epochOf(uint256 tokenId) private view returns (uint32) {
        return REGISTRY.nonceOf(eventId(), _collection, tokenId);
    }
}
