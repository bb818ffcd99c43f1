// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

/// @title Doors, policy bundle and check-ins of one event
/// @notice Doors sign check-in records offline with their record key; anybody may submit them.
interface IDoorBook {
    /// @notice State of a door. Values are part of the ABI.
    /// @dev 0 None: never granted. 1 Active. 2 Closed: records count until drainUntil (inclusive).
    /// 3 Revoked: every later submission is skipped. 4 Compromised: revoked, and its check-ins are
    /// replaced by a good door's.
    enum DoorState {
        None,
        Active,
        Closed,
        Revoked,
        Compromised
    }

    /// @notice Status of a ticket. Values are part of the ABI.
    /// @dev 0 None, 1 Valid, 2 Used (has entered once), 3 Void, 4 Listed (on sale at the market).
    enum TicketStatus {
        None,
        Valid,
        Used,
        Void,
        Listed
    }

    /// @notice Why a whole, correctly signed record was skipped. Values are part of the ABI.
    /// @dev 1 AlreadyUsed: another tag is stored. 2 DoorRevoked. 3 DoorCompromised.
    /// 4 DoorClosed: drainUntil has passed. 5 UnknownTicket. 6 TicketVoid. 7 EpochAhead: the record's
    /// epoch is above the ticket's.
    enum SkipReason {
        None,
        AlreadyUsed,
        DoorRevoked,
        DoorCompromised,
        DoorClosed,
        UnknownTicket,
        TicketVoid,
        EpochAhead
    }

    /// @notice One admission as the door signed it (EIP-712, domain "Echain" version "1").
    struct CheckIn {
        uint256 tokenId;
        uint32 epoch;
        uint16 door;
        address attendee;
        uint64 scannedAt;
        uint64 sequence;
        bytes32 claimId;
    }

    /// @notice EIP-2098 compact signature.
    struct Sig {
        bytes32 r;
        bytes32 vs;
    }

    /// @notice What the chain holds about the check-in of a ticket.
    struct CheckInState {
        bytes12 tag;
        uint16 door;
        uint40 checkedAt;
        bool used;
        uint32 epoch;
        TicketStatus status;
    }

    /// @notice A door was granted or changed its state.
    /// @param door Index of the door.
    /// @param recordKey The key that signs its records.
    /// @param state A DoorState.
    /// @param drainUntil Last unix second at which a closed door's records count; else zero.
    event DoorChanged(
        uint16 indexed door, address indexed recordKey, uint8 state, uint64 drainUntil
    );

    /// @notice A newer event bundle was anchored.
    /// @param version Strictly increasing.
    /// @param bundleHash keccak256 of the bundle's canonical bytes.
    /// @param bundleKey The key that signs newer bundles for offline hand-over.
    event BundleSet(uint64 indexed version, bytes32 bundleHash, address bundleKey);

    /// @notice A ticket was checked in (for a replacement too, after CheckInReplaced).
    /// @param tokenId The ticket.
    /// @param door The door that signed.
    /// @param attendee The holder at the scan, as signed.
    /// @param claimId The record's idempotency key.
    /// @param scannedAt As stored: the signed time, at most the block's.
    /// @param epoch The epoch that the record carries.
    event CheckedIn(
        uint256 indexed tokenId,
        uint16 indexed door,
        address indexed attendee,
        bytes32 claimId,
        uint64 scannedAt,
        uint32 epoch
    );

    /// @notice A correctly signed record was not taken.
    /// @param tokenId The ticket.
    /// @param door The door that signed.
    /// @param reason A SkipReason.
    /// @param claimId The record's idempotency key.
    /// @param storedTag The tag that the ticket holds; zero if none.
    /// @param storedDoor The door that the ticket holds; zero if none.
    event CheckInSkipped(
        uint256 indexed tokenId,
        uint16 indexed door,
        uint8 reason,
        bytes32 claimId,
        bytes12 storedTag,
        uint16 storedDoor
    );

    /// @notice A check-in of a compromised door was replaced. A CheckedIn follows.
    /// @param tokenId The ticket.
    /// @param door The good door.
    /// @param previousDoor The compromised door.
    /// @param claimId The good record's idempotency key.
    event CheckInReplaced(
        uint256 indexed tokenId, uint16 indexed door, uint16 previousDoor, bytes32 claimId
    );

    /// @notice The certificate could not be minted with the check-in; anyone may claim it later.
    /// @param number The event's number.
    /// @param attendee Whom it is for.
    event PoapPending(uint256 indexed number, address indexed attendee);

    /// @notice The hooks contract failed; nothing else was affected.
    /// @param hooks The hooks address.
    /// @param selector The function that was called.
    event HookFailed(address indexed hooks, bytes4 selector);

    /// @notice Arrays that belong together differ in length.
    error DoorBook_LengthMismatch(uint256 records, uint256 signatures);
    /// @notice The caller may not manage doors and bundles.
    error DoorBook_NotAuthorized(address caller);
    /// @notice A record key or bundle key is zero.
    error DoorBook_ZeroKey();
    /// @notice The door index is taken by another key, or is past revival: use a new index.
    error DoorBook_DoorTaken(uint16 door);
    /// @notice The door's state does not allow this change.
    error DoorBook_WrongDoorState(uint16 door, DoorState state);
    /// @notice The bundle version is not above the stored one.
    error DoorBook_BundleNotNewer(uint64 stored, uint64 offered);

    /// @notice Grant a door, before or after its first scan; also reopens a closed door of this key.
    /// @param door Index of the door. An index keeps its key for ever.
    /// @param recordKey The key that signs its records.
    function grantDoor(uint16 door, address recordKey) external;

    /// @notice Close a door; what it has signed is taken until drainUntil.
    /// @param door Index of an active or closed door.
    /// @param drainUntil Unix seconds, inclusive.
    function closeDoor(uint16 door, uint64 drainUntil) external;

    /// @notice Revoke a door: every later submission of its records is skipped. For ever.
    /// @param door Index of an active or closed door.
    function revokeDoor(uint16 door) external;

    /// @notice Mark a door's key as stolen: revoked, and its check-ins do not block. For ever.
    /// @param door Index of an active, closed or revoked door.
    function markCompromised(uint16 door) external;

    /// @notice Anchor a newer event bundle.
    /// @param version Strictly above the stored one.
    /// @param bundleHash keccak256 of the bundle's canonical bytes.
    /// @param bundleKey The key that signs newer bundles for offline hand-over.
    function setBundle(uint64 version, bytes32 bundleHash, address bundleKey) external;

    /// @notice Submit signed records. Open to anyone, never paused, safe to repeat.
    /// @dev A record with a bad signature, an unknown door or a wrong signer is skipped without a log;
    /// a record whose tag is stored succeeds without a log. No record can revert the batch.
    /// @param records The records.
    /// @param signatures Parallel to records.
    function checkInBatch(CheckIn[] calldata records, Sig[] calldata signatures) external;

    /// @notice The stored check-in of a ticket.
    /// @param tokenId The ticket; unknown ones give zeros.
    /// @return What the chain holds.
    function checkInOf(uint256 tokenId) external view returns (CheckInState memory);

    /// @notice The stored check-ins of many tickets.
    /// @param tokenIds The tickets; unknown ones give zeros.
    /// @return Parallel to tokenIds.
    function checkInsOf(uint256[] calldata tokenIds) external view returns (CheckInState[] memory);

    /// @notice A door.
    /// @param door Index of the door.
    /// @return recordKey The key that signs its records; zero if never granted.
    /// @return state Its state.
    /// @return drainUntil Last unix second at which a closed door's records count; else zero.
    function doorOf(uint16 door)
        external
        view
        returns (address recordKey, DoorState state, uint64 drainUntil);

    /// @notice The anchored bundle.
    /// @return version Zero before the first.
    /// @return bundleHash keccak256 of the bundle's canonical bytes.
    /// @return bundleKey The key that signs newer bundles for offline hand-over.
    function bundle()
        external
        view
        returns (uint64 version, bytes32 bundleHash, address bundleKey);

    /// @notice The EIP-712 digest of a record, for tools and tests.
    /// @param record The record.
    /// @return What the door's key signs.
    function checkInDigest(CheckIn calldata record) external view returns (bytes32);

    /// @notice Whether a certificate waits to be claimed at the POAP contract.
    /// @param attendee Whom it is for.
    /// @return True after a PoapPending.
    function isPoapPending(address attendee) external view returns (bool);

    /// @notice The factory that made this event.
    /// @return Its address.
    function factory() external view returns (address);

    /// @notice The certificate contract.
    /// @return Its address.
    function poap() external view returns (address);

    /// @notice The event's number in its factory, from 1; zero in an implementation.
    /// @return The number.
    function number() external view returns (uint256);

    /// @notice keccak256(abi.encode(keccak256("EG1-event"), chainId, factory, number)).
    /// @return The globally unique id.
    function eventId() external view returns (bytes32);

    /// @notice Who manages the event.
    /// @return The organizer.
    function organizer() external view returns (address);

    /// @notice The rewards contract; zero for none.
    /// @return Its address.
    function hooks() external view returns (address);

    /// @notice Where the event's description is.
    /// @return A URI.
    function metadataURI() external view returns (string memory);
}
