// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {ERC721Upgradeable} from
    "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {ReentrancyGuardUpgradeable} from
    "@openzeppelin/contracts-upgradeable/utils/ReentrancyGuardUpgradeable.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {DoorBook} from "./DoorBook.sol";
import {IDoorBook} from "./interfaces/IDoorBook.sol";
import {IERC4907} from "./interfaces/IERC4907.sol";
import {IEventFactory} from "./interfaces/IEventFactory.sol";
import {IEventTicket} from "./interfaces/IEventTicket.sol";

/// @title The tickets of one event
/// @dev A clone made by the factory. Token ids run from 1. Refunds and fees are credits that are
/// pulled; the contract's balance is always proceeds plus credits.
contract EventTicket is IEventTicket, IERC2981, DoorBook, ERC721Upgradeable, ReentrancyGuardUpgradeable {
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

    uint256 private constant BPS = 10_000;
    /// @dev Bound with the purchase: the pass's own window limits it. Fits a signed 64-bit integer.
    uint64 private constant NEVER = type(uint40).max;

    EventInfo private _info;
    Text private _name;
    Text private _symbol;
    Text private _metadataURI;
    address private _royaltyReceiver;
    uint16 private _royaltyBps;
    uint256 private _proceeds;
    StoredTier[] private _tiers;
    mapping(uint256 tokenId => User) private _users;
    mapping(address account => uint256) private _credits;

    modifier onlyOrganizer() {
        _requireOrganizer();
        _;
    }

    modifier notCancelled() {
        _requireNotCancelled();
        _;
    }

    constructor(address factory_, address poap_) DoorBook(factory_, poap_) {
        _disableInitializers();
    }

    /// @inheritdoc IEventTicket
    function initialize(
        uint256 number_,
        address organizer_,
        uint16 platformFeeBps,
        EventParams calldata params
    ) external initializer {
        if (msg.sender != factory()) revert EventTicket_OnlyFactory(msg.sender);
        __ReentrancyGuard_init();
        _setNumber(number_);
        _write(_name, params.name);
        _write(_symbol, params.symbol);
        _write(_metadataURI, params.metadataURI);
        _royaltyReceiver = params.royaltyReceiver;
        _royaltyBps = params.royaltyBps;
        _storeInfo(organizer_, platformFeeBps, params);
        for (uint256 i = 0; i < params.tiers.length; ++i) {
            TierParams calldata tier = params.tiers[i];
            StoredTier storage stored = _tiers.push();
            _write(stored.name, tier.name);
            stored.price = tier.price;
            stored.supply = tier.supply;
        }
        if (params.hooks != address(0)) _changeHooks(params.hooks);
    }

    /// @inheritdoc IEventTicket
    function purchaseTickets(
        address recipient,
        uint16 tier,
        uint256 quantity,
        address[] calldata gateKeys
    ) external payable nonReentrant notCancelled returns (uint256 firstTokenId) {
        _requireOnSale();
        uint256 most = _info.maxPerPurchase;
        if (quantity == 0 || quantity > most) revert EventTicket_BadQuantity(quantity, most);
        if (gateKeys.length != 0 && gateKeys.length != quantity) {
            revert EventTicket_LengthMismatch(quantity, gateKeys.length);
        }
        uint256 cost = _reserve(tier, quantity) * quantity;
        if (msg.value < cost) revert EventTicket_Underpaid(cost, msg.value);
        _proceeds += cost;
        firstTokenId = _nextTokenId(quantity);
        for (uint256 i = 0; i < quantity; ++i) {
            address gateKey = gateKeys.length == 0 ? address(0) : gateKeys[i];
            _issue(firstTokenId + i, Issue(recipient, tier, gateKey, cost != 0));
        }
        emit TicketsPurchased(msg.sender, recipient, tier, firstTokenId, quantity, cost);
        _hookPurchase(recipient, tier, firstTokenId, quantity, cost);
        if (msg.value > cost) _pay(msg.sender, msg.value - cost);
    }

    /// @inheritdoc IEventTicket
    function batchMint(address[] calldata recipients, uint16[] calldata tiers_)
        external
        onlyOrganizer
        notCancelled
        returns (uint256 firstTokenId)
    {
        uint256 length = recipients.length;
        if (length != tiers_.length) revert EventTicket_LengthMismatch(length, tiers_.length);
        firstTokenId = _nextTokenId(length);
        uint256 start = 0;
        for (uint256 i = 0; i < length; ++i) {
            if (i + 1 < length && recipients[i + 1] == recipients[i] && tiers_[i + 1] == tiers_[i]) {
                continue;
            }
            _issueRun(firstTokenId + start, recipients[i], tiers_[i], i + 1 - start);
            start = i + 1;
        }
    }

    /// @inheritdoc IEventTicket
    function burn(uint256 tokenId) external {
        _requireTokenOwner(tokenId);
        _destroy(tokenId);
    }

    /// @inheritdoc IEventTicket
    function voidTickets(uint256[] calldata tokenIds) external onlyOrganizer {
        _requireWindowOpen();
        for (uint256 i = 0; i < tokenIds.length; ++i) {
            uint256 tokenId = tokenIds[i];
            Entry storage entry = _entryOf(tokenId);
            address owner = _requireOwned(tokenId);
            if (entry.status == TicketStatus.Used) revert EventTicket_Used(tokenId);
            if (entry.status == TicketStatus.Void) revert EventTicket_Void(tokenId);
            _setStatus(tokenId, TicketStatus.Void);
            if (entry.paid) _creditFace(tokenId, owner);
        }
    }

    /// @inheritdoc IEventTicket
    function refund(uint256[] calldata tokenIds) external {
        bool cancelled = _info.cancelled;
        if (!cancelled) _requireNotFrozen();
        for (uint256 i = 0; i < tokenIds.length; ++i) {
            if (cancelled) _refundCancelled(tokenIds[i]);
            else _refundVoluntary(tokenIds[i]);
        }
    }

    /// @inheritdoc IEventTicket
    function withdrawCredit(address account) external nonReentrant {
        uint256 amount = _credits[account];
        if (amount == 0) revert EventTicket_NoCredit(account);
        _credits[account] = 0;
        emit CreditPaid(account, amount);
        _pay(account, amount);
    }

    /// @inheritdoc IEventTicket
    function withdraw(address to) external onlyOrganizer notCancelled nonReentrant {
        uint64 until = lockedUntil();
        if (block.timestamp <= until) revert EventTicket_Locked(until);
        uint256 amount = _proceeds;
        if (amount == 0) revert EventTicket_NoCredit(msg.sender);
        _proceeds = 0;
        (, address recipient) = IEventFactory(factory()).platformFee();
        uint256 fee = recipient == address(0) ? 0 : amount * _info.platformFeeBps / BPS;
        if (fee != 0) _credits[recipient] += fee;
        emit Withdrawn(to, amount - fee, fee);
        _pay(to, amount - fee);
    }

    /// @inheritdoc IEventTicket
    function cancel() external onlyOrganizer notCancelled {
        _requireWindowOpen();
        _info.cancelled = true;
        IEventFactory(factory()).noteCancelled();
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
        TicketStatus stored = _entryOf(tokenId).status;
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
        _entryOf(tokenId).epoch += 1;
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
            && _entryOf(tokenId).status == TicketStatus.Valid;
    }

    /// @inheritdoc IEventTicket
    function status(uint256 tokenId) external view returns (TicketStatus) {
        return _entryOf(tokenId).status;
    }

    /// @inheritdoc IEventTicket
    function epochOf(uint256 tokenId) external view returns (uint32) {
        return _entryOf(tokenId).epoch;
    }

    /// @inheritdoc IEventTicket
    function tierOf(uint256 tokenId) external view returns (uint16) {
        Entry storage entry = _entryOf(tokenId);
        if (entry.status == TicketStatus.None) revert ERC721NonexistentToken(tokenId);
        return entry.tier;
    }

    /// @inheritdoc IEventTicket
    function boughtAt(uint256 tokenId) external view returns (uint40) {
        return _entryOf(tokenId).boughtAt;
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

    /// @inheritdoc IEventTicket
    function creditOf(address account) external view returns (uint256) {
        return _credits[account];
    }

    /// @inheritdoc IEventTicket
    function proceeds() external view returns (uint256) {
        return _proceeds;
    }

    /// @inheritdoc IDoorBook
    function organizer() external view returns (address) {
        return _info.organizer;
    }

    /// @inheritdoc IDoorBook
    function metadataURI() public view returns (string memory) {
        return _read(_metadataURI);
    }

    /// @inheritdoc IERC2981
    function royaltyInfo(uint256, uint256 salePrice) external view returns (address, uint256) {
        return (_royaltyReceiver, salePrice * _royaltyBps / BPS);
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

    /// @notice ERC-165: ERC-721 with metadata, ERC-2981, ERC-4907.
    /// @param interfaceId The interface.
    /// @return Whether it is supported.
    function supportsInterface(bytes4 interfaceId)
        public
        view
        override(ERC721Upgradeable, IERC165)
        returns (bool)
    {
        return interfaceId == type(IERC4907).interfaceId || interfaceId == type(IERC2981).interfaceId
            || super.supportsInterface(interfaceId);
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
        Entry storage entry = _entryOf(tokenId);
        entry.epoch += 1;
        _clearUser(tokenId);
        if (entry.status == TicketStatus.Listed) _setStatus(tokenId, TicketStatus.Valid);
    }

    function _managesDoors(address account) internal view override returns (bool) {
        return account == _info.organizer;
    }

    function _judgeTicket(Entry memory entry, uint32 epoch)
        internal
        pure
        override
        returns (SkipReason)
    {
        if (entry.status == TicketStatus.None) return SkipReason.UnknownTicket;
        if (entry.status == TicketStatus.Void) return SkipReason.TicketVoid;
        return epoch > entry.epoch ? SkipReason.EpochAhead : SkipReason.None;
    }

    function _storeInfo(address organizer_, uint16 feeBps, EventParams calldata params) private {
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
    }

    /// @dev Count tickets of a tier as sold; gives the price of one.
    function _reserve(uint16 tier, uint256 quantity) private returns (uint256 price) {
        if (tier >= _tiers.length) revert EventTicket_UnknownTier(tier);
        StoredTier storage stored = _tiers[tier];
        uint256 left = stored.supply - stored.sold;
        uint256 places = _info.maxTickets - (_info.minted - _info.burned);
        if (places < left) left = places;
        if (quantity > left) revert EventTicket_SoldOut(left);
        stored.sold += uint32(quantity);
        return stored.price;
    }

    /// @dev The first of a run of token ids. Overflow would need 2**32 mints in one event.
    function _nextTokenId(uint256 quantity) private returns (uint256 firstTokenId) {
        firstTokenId = uint256(_info.minted) + 1;
        if (quantity > type(uint32).max) revert EventTicket_SoldOut(0);
        _info.minted += uint32(quantity);
    }

    function _issueRun(uint256 firstTokenId, address recipient, uint16 tier, uint256 quantity)
        private
    {
        _reserve(tier, quantity);
        for (uint256 i = 0; i < quantity; ++i) {
            _issue(firstTokenId + i, Issue(recipient, tier, address(0), false));
        }
        emit TicketsIssued(recipient, tier, firstTokenId, quantity);
    }

    function _issue(uint256 tokenId, Issue memory item) private {
        Entry storage entry = _entryOf(tokenId);
        entry.status = TicketStatus.Valid;
        entry.tier = item.tier;
        entry.epoch = item.gateKey == address(0) ? 1 : 2;
        entry.boughtAt = uint40(block.timestamp);
        entry.paid = item.paid;
        _mint(item.recipient, tokenId);
        if (item.gateKey != address(0)) _bind(tokenId, item.gateKey, NEVER);
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

    function _setStatus(uint256 tokenId, TicketStatus value) private {
        _entryOf(tokenId).status = value;
        emit StatusChanged(tokenId, uint8(value));
    }

    function _changeHooks(address hooks_) private {
        _storeHooks(hooks_);
        emit HooksChanged(hooks_);
    }

    /// @dev Burn; an unused ticket becomes void and its place is free again.
    function _destroy(uint256 tokenId) private {
        Entry storage entry = _entryOf(tokenId);
        if (entry.status != TicketStatus.Used) {
            _tiers[entry.tier].sold -= 1;
            if (entry.status != TicketStatus.Void) _setStatus(tokenId, TicketStatus.Void);
        }
        _info.burned += 1;
        _burn(tokenId);
    }

    function _refundVoluntary(uint256 tokenId) private {
        _requireTokenOwner(tokenId);
        Entry storage entry = _entryOf(tokenId);
        if (entry.status == TicketStatus.Used) revert EventTicket_Used(tokenId);
        if (!entry.paid) revert EventTicket_NothingToRefund(tokenId);
        _creditFace(tokenId, msg.sender);
        _destroy(tokenId);
    }

    /// @dev A used ticket stays used: late check-ins must not cost its holder the refund.
    function _refundCancelled(uint256 tokenId) private {
        address owner = _requireOwned(tokenId);
        Entry storage entry = _entryOf(tokenId);
        if (!entry.paid) revert EventTicket_NothingToRefund(tokenId);
        if (entry.status != TicketStatus.Used) _setStatus(tokenId, TicketStatus.Void);
        _creditFace(tokenId, owner);
    }

    function _creditFace(uint256 tokenId, address owner) private {
        Entry storage entry = _entryOf(tokenId);
        uint256 amount = _tiers[entry.tier].price;
        entry.paid = false;
        _proceeds -= amount;
        _credits[owner] += amount;
        emit Refunded(tokenId, owner, amount);
    }

    function _write(Text storage text, string calldata value) private {
        text.value = value;
    }

    function _pay(address to, uint256 amount) private {
        (bool accepted,) = payable(to).call{value: amount}("");
        if (!accepted) revert EventTicket_PaymentFailed(to, amount);
    }

    function _read(Text storage text) private view returns (string memory) {
        return text.value;
    }

    function _requireOnSale() private view {
        if (block.timestamp > _info.endTime) revert EventTicket_Ended(_info.endTime);
        if (_info.salesPaused || IEventFactory(factory()).salesPaused()) {
            revert EventTicket_SalesPaused();
        }
    }

    function _requireOrganizer() private view {
        if (msg.sender != _info.organizer) revert EventTicket_OnlyOrganizer(msg.sender);
    }

    function _requireNotCancelled() private view {
        if (_info.cancelled) revert EventTicket_Cancelled();
    }

    function _requireTokenOwner(uint256 tokenId) private view {
        if (_requireOwned(tokenId) != msg.sender) revert EventTicket_OnlyOwner(tokenId, msg.sender);
    }

    function _requireNotFrozen() private view {
        uint64 at = _info.freezeAt;
        if (block.timestamp >= at) revert EventTicket_Frozen(at);
    }

    function _requireWindowOpen() private view {
        uint64 until = lockedUntil();
        if (block.timestamp > until) revert EventTicket_WindowClosed(until);
    }

    function _requireMovable(uint256 tokenId) private view {
        _requireNotFrozen();
        TicketStatus stored = _entryOf(tokenId).status;
        if (stored == TicketStatus.Void) revert EventTicket_Void(tokenId);
        if (stored == TicketStatus.Used && !_info.transferAfterCheckIn) {
            revert EventTicket_Used(tokenId);
        }
    }
}
