// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {ERC721Upgradeable} from
    "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {ReentrancyGuardUpgradeable} from
    "@openzeppelin/contracts-upgradeable/utils/ReentrancyGuardUpgradeable.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {DoorBook} from "./DoorBook.sol";
import {Entry} from "./Entry.sol";
import {TicketLedger} from "./TicketLedger.sol";
import {IERC4907} from "./interfaces/IERC4907.sol";
import {IEventFactory} from "./interfaces/IEventFactory.sol";
import {IEventTicket} from "./interfaces/IEventTicket.sol";

/// @title The tickets of one event and their money
/// @dev A clone made by the factory. Token ids run from 1. Refunds and fees are credits that are
/// pulled; the contract's balance is always proceeds plus credits.
contract EventTicket is TicketLedger, IERC2981, ReentrancyGuardUpgradeable {
    uint256 private constant BPS = 10_000;

    address private _royaltyReceiver;
    uint16 private _royaltyBps;
    uint256 private _proceeds;
    mapping(address account => uint256) private _credits;

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
        _royaltyReceiver = params.royaltyReceiver;
        _royaltyBps = params.royaltyBps;
        _open(organizer_, platformFeeBps, params);
    }

    /// @inheritdoc IEventTicket
    function purchaseTickets(
        address recipient,
        uint16 tier,
        uint256 quantity,
        address[] calldata gateKeys
    ) external payable nonReentrant notCancelled returns (uint256 firstTokenId) {
        _requireOnSale();
        uint256 most = _terms().maxPerPurchase;
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
        firstTokenId = uint256(_terms().minted) + 1;
        uint256 start = 0;
        for (uint256 i = 0; i < length; ++i) {
            if (i + 1 < length && recipients[i + 1] == recipients[i] && tiers_[i + 1] == tiers_[i]) {
                continue;
            }
            _issueRun(recipients[i], tiers_[i], i + 1 - start);
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
            Entry entry = _entryOf(tokenId);
            address owner = _requireOwned(tokenId);
            if (entry.status() == TicketStatus.Used) revert EventTicket_Used(tokenId);
            if (entry.status() == TicketStatus.Void) revert EventTicket_Void(tokenId);
            _setStatus(tokenId, TicketStatus.Void);
            if (entry.paid()) _creditFace(tokenId, owner);
        }
    }

    /// @inheritdoc IEventTicket
    function refund(uint256[] calldata tokenIds) external {
        bool cancelled = _terms().cancelled;
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
        uint256 fee = recipient == address(0) ? 0 : amount * _terms().platformFeeBps / BPS;
        if (fee != 0) _credits[recipient] += fee;
        emit Withdrawn(to, amount - fee, fee);
        _pay(to, amount - fee);
    }

    /// @inheritdoc IEventTicket
    function cancel() external onlyOrganizer notCancelled {
        _requireWindowOpen();
        _markCancelled();
        IEventFactory(factory()).noteCancelled();
    }

    /// @inheritdoc IEventTicket
    function creditOf(address account) external view returns (uint256) {
        return _credits[account];
    }

    /// @inheritdoc IEventTicket
    function proceeds() external view returns (uint256) {
        return _proceeds;
    }

    /// @inheritdoc IERC2981
    function royaltyInfo(uint256, uint256 salePrice) external view returns (address, uint256) {
        return (_royaltyReceiver, salePrice * _royaltyBps / BPS);
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

    function _issueRun(address recipient, uint16 tier, uint256 quantity) private {
        _reserve(tier, quantity);
        uint256 firstTokenId = _nextTokenId(quantity);
        for (uint256 i = 0; i < quantity; ++i) {
            _issue(firstTokenId + i, Issue(recipient, tier, address(0), false));
        }
        emit TicketsIssued(recipient, tier, firstTokenId, quantity);
    }

    function _refundVoluntary(uint256 tokenId) private {
        _requireTokenOwner(tokenId);
        Entry entry = _entryOf(tokenId);
        if (entry.status() == TicketStatus.Used) revert EventTicket_Used(tokenId);
        if (!entry.paid()) revert EventTicket_NothingToRefund(tokenId);
        _creditFace(tokenId, msg.sender);
        _destroy(tokenId);
    }

    /// @dev A used ticket stays used: late check-ins must not cost its holder the refund.
    function _refundCancelled(uint256 tokenId) private {
        address owner = _requireOwned(tokenId);
        Entry entry = _entryOf(tokenId);
        if (!entry.paid()) revert EventTicket_NothingToRefund(tokenId);
        if (entry.status() != TicketStatus.Used) _setStatus(tokenId, TicketStatus.Void);
        _creditFace(tokenId, owner);
    }

    function _creditFace(uint256 tokenId, address owner) private {
        uint256 amount = _faceOf(tokenId);
        _setEntry(tokenId, _entryOf(tokenId).withoutPayment());
        _proceeds -= amount;
        _credits[owner] += amount;
        emit Refunded(tokenId, owner, amount);
    }

    function _pay(address to, uint256 amount) private {
        (bool accepted,) = payable(to).call{value: amount}("");
        if (!accepted) revert EventTicket_PaymentFailed(to, amount);
    }

    function _requireOnSale() private view {
        if (block.timestamp > _terms().endTime) revert EventTicket_Ended(_terms().endTime);
        if (_terms().salesPaused || IEventFactory(factory()).salesPaused()) {
            revert EventTicket_SalesPaused();
        }
    }
}
