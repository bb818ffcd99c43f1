// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {IDoorBook} from "./IDoorBook.sol";
import {IERC4907} from "./IERC4907.sol";

/// @title The tickets of one event: an ERC-721 with tiers, prices, gate keys and check-ins
/// @notice Also ERC-2981 and ERC-4907. Not ERC-7439: there a resale counts as valid, here a listed
/// ticket is refused at the door, so that interface is not advertised.
interface IEventTicket is IDoorBook, IERC4907 {
    /// @notice A kind of ticket when the event is made.
    struct TierParams {
        string name;
        uint128 price;
        uint32 supply;
    }

    /// @notice A kind of ticket and how many are out. Prices never change.
    struct Tier {
        string name;
        uint128 price;
        uint32 supply;
        uint32 sold;
    }

    /// @notice What an organizer chooses. Times are unix seconds.
    /// @dev doorsOpenTime zero: startTime. freezeAt zero: doorsOpenTime. refundWindow: seconds after
    /// endTime in which the event can still be cancelled; withdrawals start after it.
    struct EventParams {
        string name;
        string symbol;
        string metadataURI;
        uint64 startTime;
        uint64 endTime;
        uint64 doorsOpenTime;
        uint64 freezeAt;
        uint64 refundWindow;
        uint32 maxTickets;
        uint32 maxPerPurchase;
        bool transferAfterCheckIn;
        uint16 royaltyBps;
        address royaltyReceiver;
        address hooks;
        TierParams[] tiers;
    }

    /// @notice The event at a glance.
    struct EventInfo {
        address organizer;
        uint64 startTime;
        uint64 endTime;
        uint64 doorsOpenTime;
        uint64 freezeAt;
        uint64 refundWindow;
        uint32 maxTickets;
        uint32 maxPerPurchase;
        uint32 minted;
        uint32 burned;
        uint16 platformFeeBps;
        bool transferAfterCheckIn;
        bool salesPaused;
        bool cancelled;
    }

    /// @notice The status of a ticket changed, by void, refund, burn or listing.
    /// @dev Not emitted by a mint (Transfer says it) nor by a check-in (CheckedIn says it).
    /// @param tokenId The ticket.
    /// @param status A TicketStatus.
    event StatusChanged(uint256 indexed tokenId, uint8 status);

    /// @notice Tickets were bought: token ids firstTokenId … firstTokenId + quantity - 1.
    /// @param buyer Who paid.
    /// @param recipient Who owns them.
    /// @param tier The tier.
    /// @param firstTokenId The first id.
    /// @param quantity How many.
    /// @param paid The price in wei, without overpayment.
    event TicketsPurchased(
        address indexed buyer,
        address indexed recipient,
        uint16 indexed tier,
        uint256 firstTokenId,
        uint256 quantity,
        uint256 paid
    );

    /// @notice Tickets were issued by the organizer; one log a run of one recipient and tier.
    /// @param recipient Who owns them.
    /// @param tier The tier.
    /// @param firstTokenId The first id.
    /// @param quantity How many.
    event TicketsIssued(
        address indexed recipient, uint16 indexed tier, uint256 firstTokenId, uint256 quantity
    );

    /// @notice The transfer freeze was set or moved earlier.
    /// @param freezeAt First unix second without transfers.
    event FreezeAtChanged(uint64 freezeAt);

    /// @notice The hooks address was set.
    /// @param hooks The rewards contract; zero for none.
    event HooksChanged(address indexed hooks);

    /// @notice Sales were paused or opened again.
    /// @param paused Whether they are paused.
    event SalesPaused(bool paused);

    /// @notice The face price of a ticket was credited to its owner.
    /// @param tokenId The ticket.
    /// @param owner Its owner.
    /// @param amount Wei.
    event Refunded(uint256 indexed tokenId, address indexed owner, uint256 amount);

    /// @notice A credit was paid out.
    /// @param account Whose credit it was.
    /// @param amount Wei.
    event CreditPaid(address indexed account, uint256 amount);

    /// @notice The organizer took the proceeds.
    /// @param to Where they went.
    /// @param amount Wei, without the fee.
    /// @param fee Wei, credited to the platform.
    event Withdrawn(address indexed to, uint256 amount, uint256 fee);

    /// @notice Only the factory initialises an event.
    error EventTicket_OnlyFactory(address caller);
    /// @notice Only the organizer may do this.
    error EventTicket_OnlyOrganizer(address caller);
    /// @notice Only the owner of the ticket may do this, no operator.
    error EventTicket_OnlyOwner(uint256 tokenId, address caller);
    /// @notice Only the factory's registered market may do this.
    error EventTicket_OnlyMarket(address caller);
    /// @notice The event parameters contradict each other or are out of range.
    error EventTicket_BadParams(bytes32 field);
    /// @notice There is no such tier.
    error EventTicket_UnknownTier(uint16 tier);
    /// @notice Not enough tickets are left.
    error EventTicket_SoldOut(uint256 left);
    /// @notice The quantity is zero or above what one purchase may take.
    error EventTicket_BadQuantity(uint256 quantity, uint256 most);
    /// @notice Arrays that belong together differ in length.
    error EventTicket_LengthMismatch(uint256 expected, uint256 given);
    /// @notice The payment is below the price.
    error EventTicket_Underpaid(uint256 price, uint256 paid);
    /// @notice Sales are paused, here or at the factory.
    error EventTicket_SalesPaused();
    /// @notice The event is over.
    error EventTicket_Ended(uint64 endTime);
    /// @notice The event is cancelled.
    error EventTicket_Cancelled();
    /// @notice Transfers and voluntary refunds ended at freezeAt.
    error EventTicket_Frozen(uint64 freezeAt);
    /// @notice A freeze can only be moved to an earlier time.
    error EventTicket_FreezeNotEarlier(uint64 stored, uint64 offered);
    /// @notice The ticket is void.
    error EventTicket_Void(uint256 tokenId);
    /// @notice The ticket has been used, and this event forbids the action afterwards.
    error EventTicket_Used(uint256 tokenId);
    /// @notice The ticket is not in the status that this needs.
    error EventTicket_WrongStatus(uint256 tokenId, TicketStatus status);
    /// @notice No money of this ticket is left to refund.
    error EventTicket_NothingToRefund(uint256 tokenId);
    /// @notice The proceeds are locked until the end and the refund window have passed.
    error EventTicket_Locked(uint64 until);
    /// @notice The refund window has passed.
    error EventTicket_WindowClosed(uint64 at);
    /// @notice The account has no credit.
    error EventTicket_NoCredit(address account);
    /// @notice A payment was not accepted by its receiver.
    error EventTicket_PaymentFailed(address to, uint256 amount);

    /// @notice Set up a clone; once, by the factory.
    /// @param number_ The event's number.
    /// @param organizer_ Who manages it.
    /// @param platformFeeBps The fee on proceeds, in 1/10,000, fixed for this event.
    /// @param params The organizer's choices.
    function initialize(
        uint256 number_,
        address organizer_,
        uint16 platformFeeBps,
        EventParams calldata params
    ) external;

    /// @notice Buy tickets, and bind their gate keys in the same transaction.
    /// @dev Overpayment goes back to the caller at once.
    /// @param recipient Who will own them.
    /// @param tier The tier.
    /// @param quantity How many, at most maxPerPurchase.
    /// @param gateKeys Empty to bind later, else one a ticket (zero: that one later).
    /// @return firstTokenId The first of the consecutive token ids.
    function purchaseTickets(
        address recipient,
        uint16 tier,
        uint256 quantity,
        address[] calldata gateKeys
    ) external payable returns (uint256 firstTokenId);

    /// @notice Issue tickets without payment. Organizer only.
    /// @param recipients Who will own them, one a ticket.
    /// @param tiers_ Parallel to recipients.
    /// @return firstTokenId The first of the consecutive token ids.
    function batchMint(address[] calldata recipients, uint16[] calldata tiers_)
        external
        returns (uint256 firstTokenId);

    /// @notice Destroy a ticket, without refund. Its owner only.
    /// @param tokenId The ticket.
    function burn(uint256 tokenId) external;

    /// @notice Make tickets void, for ever; what was paid is credited to their owners.
    /// Organizer only, unused tickets only, until the refund window ends.
    /// @param tokenIds The tickets.
    function voidTickets(uint256[] calldata tokenIds) external;

    /// @notice Credit the face price to the current owner.
    /// @dev Before the freeze: by the owner, and the ticket is burned. After a cancellation: by
    /// anyone for any owner, used tickets too; unused ones become void.
    /// @param tokenIds The tickets.
    function refund(uint256[] calldata tokenIds) external;

    /// @notice Pay out an account's credit to that account. Open to anyone.
    /// @param account Whose credit.
    function withdrawCredit(address account) external;

    /// @notice Take the proceeds, after the end and the refund window. Organizer only.
    /// @param to Where they go.
    function withdraw(address to) external;

    /// @notice Cancel the event, until the refund window ends. Organizer only. Check-ins stay open.
    function cancel() external;

    /// @notice Change name, description and times. Organizer only, until the end.
    /// @param name_ New name.
    /// @param metadataURI_ New description.
    /// @param startTime New start.
    /// @param endTime New end; never earlier than the stored one.
    function updateEvent(
        string calldata name_,
        string calldata metadataURI_,
        uint64 startTime,
        uint64 endTime
    ) external;

    /// @notice Move the transfer freeze earlier. Organizer only.
    /// @param freezeAt_ Unix seconds; a time in the past means now.
    function setFreezeAt(uint64 freezeAt_) external;

    /// @notice Pause or reopen sales. Organizer only. Check-ins are not affected.
    /// @param paused Whether to pause.
    function setSalesPaused(bool paused) external;

    /// @notice Choose the rewards contract. Organizer only.
    /// @param hooks_ Its address; zero for none.
    function setHooks(address hooks_) external;

    /// @notice Mark a ticket as on sale or not. The factory's registered market only.
    /// @param tokenId The ticket.
    /// @param listed Whether it is on sale.
    function setListed(uint256 tokenId, bool listed) external;

    /// @notice Whether a holder owns a ticket that has not been used and is neither void nor listed.
    /// @param tokenId The ticket.
    /// @param holder The supposed owner.
    /// @return Whether it is so.
    function verifyTicket(uint256 tokenId, address holder) external view returns (bool);

    /// @notice The status of a ticket: 0 none, 1 valid, 2 used, 3 void, 4 listed.
    /// @param tokenId The ticket.
    /// @return A TicketStatus.
    function status(uint256 tokenId) external view returns (TicketStatus);

    /// @notice The epoch of a ticket: 1 at mint, one more with each later transfer and each binding.
    /// @param tokenId The ticket.
    /// @return The epoch; zero if never minted.
    function epochOf(uint256 tokenId) external view returns (uint32);

    /// @notice The tier of a ticket.
    /// @param tokenId The ticket; must have been minted.
    /// @return Index into tiers.
    function tierOf(uint256 tokenId) external view returns (uint16);

    /// @notice When a ticket was minted.
    /// @param tokenId The ticket.
    /// @return Unix seconds; zero if never minted.
    function boughtAt(uint256 tokenId) external view returns (uint40);

    /// @notice All tiers.
    /// @return In the order of their indices.
    function tiers() external view returns (Tier[] memory);

    /// @notice The event at a glance.
    /// @return Its facts.
    function eventInfo() external view returns (EventInfo memory);

    /// @notice The first unix second without transfers.
    /// @return Unix seconds.
    function freezeAt() external view returns (uint64);

    /// @notice Tickets that exist: minted and not burned.
    /// @return Their number.
    function totalSupply() external view returns (uint256);

    /// @notice What is owed to an account.
    /// @param account The account.
    /// @return Wei.
    function creditOf(address account) external view returns (uint256);

    /// @notice What the organizer may take when it is unlocked, the fee included.
    /// @return Wei.
    function proceeds() external view returns (uint256);

    /// @notice When proceeds unlock and cancelling ends: endTime + refundWindow.
    /// @return Unix seconds; later than this, not at it.
    function lockedUntil() external view returns (uint64);
}
