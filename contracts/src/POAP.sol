// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IDoorBook} from "./interfaces/IDoorBook.sol";
import {IERC5192} from "./interfaces/IERC5192.sol";
import {IEventFactory} from "./interfaces/IEventFactory.sol";
import {IPOAP} from "./interfaces/IPOAP.sol";

/// @title Certificates of attendance: one a person and event, bound to the person
/// @dev The id holds event and person, so there is neither a counter nor an index to pay for.
contract POAP is IPOAP, ERC721 {
    uint256 private constant ATTENDEE_BITS = 160;

    IEventFactory private immutable FACTORY;

    constructor(address factory_) ERC721("Echain POAP", "POAP") {
        if (factory_ == address(0)) revert POAP_ZeroAddress();
        FACTORY = IEventFactory(factory_);
    }

    /// @inheritdoc IPOAP
    function mintBatch(address[] calldata attendees) external {
        uint256 number = FACTORY.numberOf(msg.sender);
        if (number == 0) revert POAP_NotAnEvent(msg.sender);
        for (uint256 i = 0; i < attendees.length; ++i) {
            address attendee = attendees[i];
            if (attendee == address(0)) continue;
            uint256 tokenId = poapId(number, attendee);
            if (_ownerOf(tokenId) == address(0)) _issue(attendee, tokenId);
        }
    }

    /// @inheritdoc IPOAP
    function claimPoap(uint256 tokenId) external {
        uint256 number = tokenId >> ATTENDEE_BITS;
        address attendee = address(uint160(tokenId));
        if (_ownerOf(tokenId) != address(0)) revert POAP_AlreadyHeld(tokenId);
        (address eventContract,) = FACTORY.getEvent(number);
        if (!IDoorBook(eventContract).isPoapPending(attendee)) revert POAP_NothingToClaim(tokenId);
        _issue(attendee, tokenId);
    }

    /// @inheritdoc IERC721
    function approve(address, uint256) public pure override {
        revert POAP_Soulbound();
    }

    /// @inheritdoc IERC721
    function setApprovalForAll(address, bool) public pure override {
        revert POAP_Soulbound();
    }

    /// @inheritdoc IPOAP
    function hasPOAP(uint256 number, address attendee) external view returns (bool) {
        return attendee != address(0) && _ownerOf(poapId(number, attendee)) == attendee;
    }

    /// @inheritdoc IPOAP
    function getUserPOAPs(address who, uint256 offset, uint256 limit)
        external
        view
        returns (uint256[] memory held)
    {
        uint256 events = FACTORY.eventCount();
        uint256 left = offset < events ? events - offset : 0;
        if (limit < left) left = limit;
        uint256[] memory found = new uint256[](left);
        uint256 count = 0;
        for (uint256 i = 0; i < left; ++i) {
            uint256 tokenId = poapId(offset + 1 + i, who);
            if (_ownerOf(tokenId) != address(0)) found[count++] = tokenId;
        }
        held = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            held[i] = found[i];
        }
    }

    /// @inheritdoc IERC5192
    function locked(uint256 tokenId) external view returns (bool) {
        _requireOwned(tokenId);
        return true;
    }

    /// @inheritdoc IPOAP
    function factory() external view returns (address) {
        return address(FACTORY);
    }

    /// @notice The description of the event that a certificate is for.
    /// @param tokenId The certificate; must exist.
    /// @return The event's metadata URI.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        (address eventContract,) = FACTORY.getEvent(tokenId >> ATTENDEE_BITS);
        return IDoorBook(eventContract).metadataURI();
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC5192).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @inheritdoc IPOAP
    function poapId(uint256 number, address attendee) public pure returns (uint256) {
        return (number << ATTENDEE_BITS) | uint160(attendee);
    }

    /// @dev Only mints pass: the one movement whose token has no owner before it.
    function _update(address to, uint256 tokenId, address auth)
        internal
        override
        returns (address)
    {
        if (_ownerOf(tokenId) != address(0)) revert POAP_Soulbound();
        return super._update(to, tokenId, auth);
    }

    /// @dev Never the safe mint: a receiver could revert a whole batch.
    function _issue(address attendee, uint256 tokenId) private {
        _mint(attendee, tokenId);
        emit Locked(tokenId);
    }
}
