// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {ERC721Upgradeable} from
    "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {DoorBook} from "./DoorBook.sol";
import {Entries, Entry} from "./Entry.sol";
import {IDoorBook} from "./interfaces/IDoorBook.sol";
import {IERC4907} from "./interfaces/IERC4907.sol";
import {IEventFactory} from "./interfaces/IEventFactory.sol";
import {IEventTicket} from "./interfaces/IEventTicket.sol";

/// @title The tickets themselves: tiers, owners, gate keys, epochs, statuses. No money
abstract contract TicketLedger is IEventTicket, DoorBook, ERC721Upgradeable {
    struct User {
        address key;
        uint64 expires;
    }

    /// @dev A string behind one shared reader and writer: each inlined copy costs 200 bytes of code.
    struct Text {
        string value;
    }

    struct StoredTier {
        Text name;
        uint128 price;
        uint32 supply;
        uint32 sold;
    }

    struct Issue {
        address recipient;
        uint16 tier;
        address gateKey;
        bool paid;
    }

    /// @dev Bound with the purchase: the pass's own window limits it. Fits a signed 64-bit integer.
    uint64 private constant NEVER = type(uint40).max;

    EventInfo private _info;
    Text private _name;
    Text private _symbol;
    Text private _metadataURI;
    StoredTier[] private _tiers;
    mapping(uint256 tokenId => User) private _users;

    modifier onlyOrganizer() {
        _requireOrganizer();
        _;
    }

    modifier notCancelled() {
        _requireNotCancelled();
        _;
    }

    /// @inheritdoc IEventTicket
    function updateEvent(
        string calldata name_,
        string calldata metadataURI_,
        uint64 startTime,
        uint64 endTime
    ) external onlyOrganizer notCancelled {
        if (block.timestamp > _info.endTime) revert EventTicket_Ended(_info.endTime);
        if (bytes(name_).length == 0) revert EventTicket_BadParams("name");
        // An earlier end would shorten the time in which money is locked.
        if (endTime < _info.endTime || endTime > NEVER) revert EventTicket_BadParams("endTime");
        if (startTime >= endTime) revert EventTicket_BadParams("startTime");
        _write(_name, name_);
        _write(_metadataURI, metadataURI_);
        _info.startTime = startTime;
        _info.endTime = endTime;
        IEventFactory(factory()).noteUpdated(name_, metadataURI_, startTime, endTime);
    }

    /// @inheritdoc IEventTicket
    function setFreezeAt(uint64 freezeAt_) external onlyOrganizer {
        uint64 stored = _info.freezeAt;
        uint64 effective = freezeAt_ > block.timestamp ? freezeAt_ : uint64(block.timestamp);
        if (effective >= stored) revert EventTicket_FreezeNotEarlier(stored, effective);
        _info.freezeAt = effective;
        emit FreezeAtChanged(effective);
    }

    /// @inheritdoc IEventTicket
    function setSalesPaused(bool paused) external onlyOrganizer {
        _info.salesPaused = paused;
        emit SalesPaused(paused);
    }

    /// @inheritdoc IEventTicket
    function setHooks(address hooks_) external onlyOrganizer {
        _changeHooks(hooks_);
    }

    /// @inheritdoc IEventTicket
    function setListed(uint256 tokenId, bool listed) external {
        if (msg.sender != IEventFactory(factory()).market()) {
            revert EventTicket_OnlyMarket(msg.sender);
        }
        TicketStatus stored = _entryOf(tokenId).status();
        if (listed) _requireNotFrozen();
        if (stored != (listed ? TicketStatus.Valid : TicketStatus.Listed)) {
            revert EventTicket_WrongStatus(tokenId, stored);
        }
        _setStatus(tokenId, listed ? TicketStatus.Listed : TicketStatus.Valid);
    }

    /// @inheritdoc IERC4907
    function setUser(uint256 tokenId, address user, uint64 expires) external {
        _requireTokenOwner(tokenId);
        if (user == address(0)) {
            _clearUser(tokenId);
            return;
        }
        _setEntry(tokenId, _entryOf(tokenId).withNextEpoch());
        _bind(tokenId, user, expires);
    }

    /// @inheritdoc IERC4907
    function userOf(uint256 tokenId) external view returns (address) {
        User memory user = _users[tokenId];
        return block.timestamp <= user.expires ? user.key : address(0);
    }

    /// @inheritdoc IERC4907
    function userExpires(uint256 tokenId) external view returns (uint256) {
        return _users[tokenId].expires;
    }

    /// @inheritdoc IEventTicket
    function verifyTicket(uint256 tokenId, address holder) external view returns (bool) {
        return holder != address(0) && _ownerOf(tokenId) == holder
            && _entryOf(tokenId).status() == TicketStatus.Valid;
    }

    /// @inheritdoc IEventTicket
    function status(uint256 tokenId) external view returns (TicketStatus) {
        return _entryOf(tokenId).status();
    }

    /// @inheritdoc IEventTicket
    function epochOf(uint256 tokenId) external view returns (uint32) {
        return _entryOf(tokenId).epoch();
    }

    /// @inheritdoc IEventTicket
    function tierOf(uint256 tokenId) external view returns (uint16) {
        Entry entry = _entryOf(tokenId);
        if (entry.status() == TicketStatus.None) revert ERC721NonexistentToken(tokenId);
        return entry.tier();
    }

    /// @inheritdoc IEventTicket
    function boughtAt(uint256 tokenId) external view returns (uint40) {
        return _entryOf(tokenId).boughtAt();
    }

    /// @inheritdoc IEventTicket
    function tiers() external view returns (Tier[] memory all) {
        all = new Tier[](_tiers.length);
        for (uint256 i = 0; i < all.length; ++i) {
            StoredTier storage stored = _tiers[i];
            all[i] = Tier(_read(stored.name), stored.price, stored.supply, stored.sold);
        }
    }

    /// @inheritdoc IEventTicket
    function eventInfo() external view returns (EventInfo memory) {
        return _info;
    }

    /// @inheritdoc IEventTicket
    function freezeAt() external view returns (uint64) {
        return _info.freezeAt;
    }

    /// @inheritdoc IEventTicket
    function totalSupply() external view returns (uint256) {
        return _info.minted - _info.burned;
    }

    /// @inheritdoc IDoorBook
    function organizer() external view returns (address) {
        return _info.organizer;
    }

    /// @inheritdoc IDoorBook
    function metadataURI() public view returns (string memory) {
        return _read(_metadataURI);
    }

    /// @inheritdoc IEventTicket
    function lockedUntil() public view returns (uint64) {
        return _info.endTime + _info.refundWindow;
    }

    /// @notice The event's name.
    /// @return The name.
    function name() public view override returns (string memory) {
        return _read(_name);
    }

    /// @notice The collection's symbol.
    /// @return The symbol.
    function symbol() public view override returns (string memory) {
        return _read(_symbol);
    }

    /// @notice The description of the event; the same for all its tickets.
    /// @param tokenId The ticket; must exist.
    /// @return A URI.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        return metadataURI();
    }

    /// @dev Every movement but the mint ends the binding and starts a new epoch, to oneself too.
    function _update(address to, uint256 tokenId, address auth)
        internal
        override
        returns (address from)
    {
        bool moves = to != address(0) && _ownerOf(tokenId) != address(0);
        if (moves) _requireMovable(tokenId);
        from = super._update(to, tokenId, auth);
        if (from == address(0)) return from;
        Entry entry = _entryOf(tokenId).withNextEpoch();
        _setEntry(tokenId, entry);
        _clearUser(tokenId);
        if (entry.status() == TicketStatus.Listed) _setStatus(tokenId, TicketStatus.Valid);
    }

    /// @dev Everything but money, of checked choices. Once.
    function _open(address organizer_, uint16 feeBps, EventParams calldata params) internal {
        _write(_name, params.name);
        _write(_symbol, params.symbol);
        _write(_metadataURI, params.metadataURI);
        for (uint256 i = 0; i < params.tiers.length; ++i) {
            TierParams calldata tier = params.tiers[i];
            StoredTier storage stored = _tiers.push();
            _write(stored.name, tier.name);
            stored.price = tier.price;
            stored.supply = tier.supply;
        }
        EventInfo storage info = _info;
        info.organizer = organizer_;
        info.startTime = params.startTime;
        info.endTime = params.endTime;
        info.doorsOpenTime = params.doorsOpenTime;
        info.freezeAt = params.freezeAt;
        info.refundWindow = params.refundWindow;
        info.maxTickets = params.maxTickets;
        info.maxPerPurchase = params.maxPerPurchase;
        info.platformFeeBps = feeBps;
        info.transferAfterCheckIn = params.transferAfterCheckIn;
        emit FreezeAtChanged(params.freezeAt);
        if (params.hooks != address(0)) _changeHooks(params.hooks);
    }

    /// @dev Count tickets of a tier as sold; gives the price of one.
    function _reserve(uint16 tier, uint256 quantity) internal returns (uint256 price) {
        if (tier >= _tiers.length) revert EventTicket_UnknownTier(tier);
        StoredTier storage stored = _tiers[tier];
        uint256 left = stored.supply - stored.sold;
        uint256 places = _info.maxTickets - (_info.minted - _info.burned);
        if (places < left) left = places;
        if (quantity > left) revert EventTicket_SoldOut(left);
        stored.sold += uint32(quantity);
        return stored.price;
    }

    /// @dev The first of a run of token ids, for a quantity that has been reserved.
    function _nextTokenId(uint256 quantity) internal returns (uint256 firstTokenId) {
        firstTokenId = uint256(_info.minted) + 1;
        _info.minted += uint32(quantity);
    }

    function _issue(uint256 tokenId, Issue memory item) internal {
        uint32 epoch = item.gateKey == address(0) ? 1 : 2;
        _setEntry(tokenId, Entries.minted(item.tier, epoch, item.paid));
        _mint(item.recipient, tokenId);
        if (item.gateKey != address(0)) _bind(tokenId, item.gateKey, NEVER);
    }

    function _setStatus(uint256 tokenId, TicketStatus value) internal {
        _setEntry(tokenId, _entryOf(tokenId).withStatus(value));
        emit StatusChanged(tokenId, uint8(value));
    }

    /// @dev Burn; an unused ticket becomes void and its place is free again.
    function _destroy(uint256 tokenId) internal {
        Entry entry = _entryOf(tokenId);
        if (entry.status() != TicketStatus.Used) {
            _tiers[entry.tier()].sold -= 1;
            if (entry.status() != TicketStatus.Void) _setStatus(tokenId, TicketStatus.Void);
        }
        _info.burned += 1;
        _burn(tokenId);
    }

    function _markCancelled() internal {
        _info.cancelled = true;
    }

    function _managesDoors(address account) internal view override returns (bool) {
        return account == _info.organizer;
    }

    function _requireTokenOwner(uint256 tokenId) internal view {
        if (_requireOwned(tokenId) != msg.sender) revert EventTicket_OnlyOwner(tokenId, msg.sender);
    }

    function _requireNotFrozen() internal view {
        uint64 at = _info.freezeAt;
        if (block.timestamp >= at) revert EventTicket_Frozen(at);
    }

    function _requireWindowOpen() internal view {
        uint64 until = lockedUntil();
        if (block.timestamp > until) revert EventTicket_WindowClosed(until);
    }

    function _terms() internal view returns (EventInfo storage) {
        return _info;
    }

    function _faceOf(uint256 tokenId) internal view returns (uint256) {
        return _tiers[_entryOf(tokenId).tier()].price;
    }

    function _judgeTicket(uint256, Entry entry, uint32 epoch)
        internal
        pure
        override
        returns (SkipReason)
    {
        if (entry.status() == TicketStatus.None) return SkipReason.UnknownTicket;
        if (entry.status() == TicketStatus.Void) return SkipReason.TicketVoid;
        return epoch > entry.epoch() ? SkipReason.EpochAhead : SkipReason.None;
    }

    function _bind(uint256 tokenId, address key, uint64 expires) private {
        _users[tokenId] = User(key, expires);
        emit UpdateUser(tokenId, key, expires);
    }

    function _clearUser(uint256 tokenId) private {
        if (_users[tokenId].key == address(0)) return;
        delete _users[tokenId];
        emit UpdateUser(tokenId, address(0), 0);
    }

    function _changeHooks(address hooks_) private {
        _storeHooks(hooks_);
        emit HooksChanged(hooks_);
    }

    function _write(Text storage text, string calldata value) private {
        text.value = value;
    }

    function _read(Text storage text) private view returns (string memory) {
        return text.value;
    }

    function _requireOrganizer() private view {
        if (msg.sender != _info.organizer) revert EventTicket_OnlyOrganizer(msg.sender);
    }

    function _requireNotCancelled() private view {
        if (_info.cancelled) revert EventTicket_Cancelled();
    }

    function _requireMovable(uint256 tokenId) private view {
        _requireNotFrozen();
        TicketStatus stored = _entryOf(tokenId).status();
        if (stored == TicketStatus.Void) revert EventTicket_Void(tokenId);
        if (stored == TicketStatus.Used && !_info.transferAfterCheckIn) {
            revert EventTicket_Used(tokenId);
        }
    }
}
