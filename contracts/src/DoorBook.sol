// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Entry} from "./Entry.sol";
import {IDoorBook} from "./interfaces/IDoorBook.sol";
import {IEventHooks} from "./interfaces/IEventHooks.sol";
import {IPOAP} from "./interfaces/IPOAP.sol";

/// @title Doors, policy bundle and check-ins of one event
/// @dev Meant for minimal clones: factory and certificates are immutables of the implementation, so a
/// clone stores only what is its own. What a ticket is, the inheriting contract says.
abstract contract DoorBook is IDoorBook {
    struct Door {
        address recordKey;
        DoorState state;
        uint64 drainUntil;
    }

    struct Bundle {
        address key;
        uint64 version;
        bytes32 contentHash;
    }

    bytes32 private constant EVENT_ID_TYPE = keccak256("EG1-event");
    bytes32 private constant CHECK_IN_TYPE = keccak256(
        "CheckIn(uint256 tokenId,uint32 epoch,uint16 door,address attendee,uint64 scannedAt,uint64 sequence,bytes32 claimId)"
    );
    bytes32 private constant DOMAIN_TYPE = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant DOMAIN_NAME = keccak256("Echain");
    bytes32 private constant DOMAIN_VERSION = keccak256("1");
    uint256 private constant HOOK_GAS_BASE = 100_000;
    uint256 private constant HOOK_GAS_EACH = 50_000;

    address private immutable FACTORY;
    IPOAP private immutable POAP_CONTRACT;

    uint256 private _number;
    address private _hooks;
    Bundle private _bundle;
    mapping(uint16 door => Door) private _doors;
    mapping(uint256 tokenId => Entry) private _entries;
    mapping(address attendee => bool) private _poapPending;

    modifier onlyDoorManager() {
        _requireDoorManager();
        _;
    }

    constructor(address factory_, address poap_) {
        FACTORY = factory_;
        POAP_CONTRACT = IPOAP(poap_);
    }

    /// @inheritdoc IDoorBook
    function grantDoor(uint16 door, address recordKey) external onlyDoorManager {
        if (recordKey == address(0)) revert DoorBook_ZeroKey();
        Door storage stored = _doors[door];
        // An index keeps its key for ever: its stored check-ins are judged by its state.
        bool reopens = stored.state == DoorState.Closed && stored.recordKey == recordKey;
        if (stored.state != DoorState.None && !reopens) revert DoorBook_DoorTaken(door);
        _setDoor(door, Door(recordKey, DoorState.Active, 0));
    }

    /// @inheritdoc IDoorBook
    function closeDoor(uint16 door, uint64 drainUntil) external onlyDoorManager {
        _retireDoor(door, DoorState.Closed, drainUntil, DoorState.Closed);
    }

    /// @inheritdoc IDoorBook
    function revokeDoor(uint16 door) external onlyDoorManager {
        _retireDoor(door, DoorState.Revoked, 0, DoorState.Closed);
    }

    /// @inheritdoc IDoorBook
    function markCompromised(uint16 door) external onlyDoorManager {
        _retireDoor(door, DoorState.Compromised, 0, DoorState.Revoked);
    }

    /// @inheritdoc IDoorBook
    function setBundle(uint64 version, bytes32 bundleHash, address bundleKey)
        external
        onlyDoorManager
    {
        if (bundleKey == address(0)) revert DoorBook_ZeroKey();
        uint64 stored = _bundle.version;
        if (version <= stored) revert DoorBook_BundleNotNewer(stored, version);
        _bundle = Bundle(bundleKey, version, bundleHash);
        emit BundleSet(version, bundleHash, bundleKey);
    }

    /// @inheritdoc IDoorBook
    function checkInBatch(CheckIn[] calldata records, Sig[] calldata signatures) external {
        uint256 length = records.length;
        if (length != signatures.length) {
            revert DoorBook_LengthMismatch(length, signatures.length);
        }
        bytes32 domain = _domainSeparator();
        // Records that are not taken leave a zero, which neither certificates nor hooks count.
        address[] memory attendees = new address[](length);
        bool any = false;
        for (uint256 i = 0; i < length; ++i) {
            CheckIn calldata record = records[i];
            Door memory door = _doors[record.door];
            if (!_isSignedBy(door.recordKey, _digest(domain, record), signatures[i])) continue;
            if (_take(record, door)) {
                attendees[i] = record.attendee;
                any = true;
            }
        }
        if (any) _reward(attendees);
    }

    /// @inheritdoc IDoorBook
    function checkInOf(uint256 tokenId) external view returns (CheckInState memory) {
        return _checkInState(tokenId);
    }

    /// @inheritdoc IDoorBook
    function checkInsOf(uint256[] calldata tokenIds)
        external
        view
        returns (CheckInState[] memory states)
    {
        states = new CheckInState[](tokenIds.length);
        for (uint256 i = 0; i < tokenIds.length; ++i) {
            states[i] = _checkInState(tokenIds[i]);
        }
    }

    /// @inheritdoc IDoorBook
    function doorOf(uint16 door)
        external
        view
        returns (address recordKey, DoorState state, uint64 drainUntil)
    {
        Door memory stored = _doors[door];
        return (stored.recordKey, stored.state, stored.drainUntil);
    }

    /// @inheritdoc IDoorBook
    function bundle()
        external
        view
        returns (uint64 version, bytes32 bundleHash, address bundleKey)
    {
        return (_bundle.version, _bundle.contentHash, _bundle.key);
    }

    /// @inheritdoc IDoorBook
    function checkInDigest(CheckIn calldata record) external view returns (bytes32) {
        return _digest(_domainSeparator(), record);
    }

    /// @inheritdoc IDoorBook
    function isPoapPending(address attendee) external view returns (bool) {
        return _poapPending[attendee];
    }

    /// @inheritdoc IDoorBook
    function poap() external view returns (address) {
        return address(POAP_CONTRACT);
    }

    /// @inheritdoc IDoorBook
    function number() external view returns (uint256) {
        return _number;
    }

    /// @inheritdoc IDoorBook
    function hooks() external view returns (address) {
        return _hooks;
    }

    /// @inheritdoc IDoorBook
    function eventId() public view returns (bytes32) {
        return keccak256(abi.encode(EVENT_ID_TYPE, block.chainid, FACTORY, _number));
    }

    /// @inheritdoc IDoorBook
    function factory() public view returns (address) {
        return FACTORY;
    }

    /// @dev Whether an account may manage doors and bundles.
    function _managesDoors(address account) internal view virtual returns (bool);

    /// @dev Whether the ticket of a record could be checked in, its former use aside.
    function _judgeTicket(uint256 tokenId, Entry entry, uint32 epoch)
        internal
        view
        virtual
        returns (SkipReason);

    function _setNumber(uint256 number_) internal {
        _number = number_;
    }

    function _storeHooks(address hooks_) internal {
        _hooks = hooks_;
    }

    function _setEntry(uint256 tokenId, Entry entry) internal {
        _entries[tokenId] = entry;
    }

    function _entryOf(uint256 tokenId) internal view returns (Entry) {
        return _entries[tokenId];
    }

    /// @dev Call hooks with a gas cap. Neither failure nor return data can hurt the caller.
    function _hookPurchase(
        address recipient,
        uint16 tier,
        uint256 firstTokenId,
        uint256 quantity,
        uint256 paid
    ) internal {
        address target = _hooks;
        if (target.code.length == 0) return;
        try IEventHooks(target).onPurchase{gas: _hookGas(quantity)}(
            msg.sender, recipient, tier, firstTokenId, quantity, paid
        ) {} catch {
            emit HookFailed(target, IEventHooks.onPurchase.selector);
        }
    }

    function _setDoor(uint16 door, Door memory value) private {
        _doors[door] = value;
        emit DoorChanged(door, value.recordKey, uint8(value.state), value.drainUntil);
    }

    /// @dev Allowed from Active up to the state `latest`.
    function _retireDoor(uint16 door, DoorState state, uint64 drainUntil, DoorState latest)
        private
    {
        Door memory stored = _doors[door];
        if (stored.state == DoorState.None || stored.state > latest) {
            revert DoorBook_WrongDoorState(door, stored.state);
        }
        _setDoor(door, Door(stored.recordKey, state, drainUntil));
    }

    /// @dev Judge and store one record that its door has signed. True: newly checked in.
    function _take(CheckIn calldata record, Door memory door) private returns (bool) {
        Entry entry = _entryOf(record.tokenId);
        bool used = entry.status() == TicketStatus.Used;
        bool replaceable = used && _doors[entry.door()].state == DoorState.Compromised;
        bytes12 tag = bytes12(record.claimId);
        // The desk issues a compromised door's genuine records again with the same tag: those replace.
        bool same = used && entry.tag() == tag && (!replaceable || entry.door() == record.door);
        if (same) return false;

        SkipReason reason = _judgeDoor(door);
        if (reason == SkipReason.None) {
            reason = _judgeTicket(record.tokenId, entry, record.epoch);
        }
        if (reason == SkipReason.None && used && !replaceable) reason = SkipReason.AlreadyUsed;
        if (reason != SkipReason.None) {
            emit CheckInSkipped(
                record.tokenId, record.door, uint8(reason), record.claimId, entry.tag(), entry.door()
            );
            return false;
        }
        if (used) {
            emit CheckInReplaced(record.tokenId, record.door, entry.door(), record.claimId);
        }
        uint64 at = record.scannedAt < block.timestamp ? record.scannedAt : uint64(block.timestamp);
        _entries[record.tokenId] = entry.withCheckIn(uint40(at), record.door, tag);
        emit CheckedIn(
            record.tokenId, record.door, record.attendee, record.claimId, at, record.epoch
        );
        return true;
    }

    /// @dev Certificates and hooks, after every effect of the batch.
    function _reward(address[] memory attendees) private {
        try POAP_CONTRACT.mintBatch(attendees) {}
        catch {
            for (uint256 i = 0; i < attendees.length; ++i) {
                _notePending(attendees[i]);
            }
        }
        address target = _hooks;
        if (target.code.length == 0) return;
        try IEventHooks(target).onCheckIn{gas: _hookGas(attendees.length)}(attendees) {}
        catch {
            emit HookFailed(target, IEventHooks.onCheckIn.selector);
        }
    }

    function _notePending(address attendee) private {
        if (attendee == address(0) || _poapPending[attendee]) return;
        _poapPending[attendee] = true;
        emit PoapPending(_number, attendee);
    }

    function _requireDoorManager() private view {
        if (!_managesDoors(msg.sender)) revert DoorBook_NotAuthorized(msg.sender);
    }

    function _judgeDoor(Door memory door) private view returns (SkipReason) {
        if (door.state == DoorState.Active) return SkipReason.None;
        if (door.state == DoorState.Revoked) return SkipReason.DoorRevoked;
        if (door.state == DoorState.Compromised) return SkipReason.DoorCompromised;
        return block.timestamp <= door.drainUntil ? SkipReason.None : SkipReason.DoorClosed;
    }

    /// @dev False for anything a stranger could make: such records leave no log.
    function _isSignedBy(address recordKey, bytes32 digest, Sig calldata signature)
        private
        pure
        returns (bool)
    {
        (address signer, ECDSA.RecoverError fault,) =
            ECDSA.tryRecover(digest, signature.r, signature.vs);
        return fault == ECDSA.RecoverError.NoError && signer == recordKey;
    }

    function _checkInState(uint256 tokenId) private view returns (CheckInState memory) {
        Entry entry = _entryOf(tokenId);
        return CheckInState(
            entry.tag(),
            entry.door(),
            entry.checkedAt(),
            entry.status() == TicketStatus.Used,
            entry.epoch(),
            entry.status()
        );
    }

    function _domainSeparator() private view returns (bytes32) {
        return keccak256(
            abi.encode(DOMAIN_TYPE, DOMAIN_NAME, DOMAIN_VERSION, block.chainid, address(this))
        );
    }

    function _digest(bytes32 domain, CheckIn calldata record) private pure returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(
            domain, keccak256(abi.encode(CHECK_IN_TYPE, record))
        );
    }

    function _hookGas(uint256 count) private pure returns (uint256) {
        return HOOK_GAS_BASE + HOOK_GAS_EACH * count;
    }
}
