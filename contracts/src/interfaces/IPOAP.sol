// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {IERC5192} from "./IERC5192.sol";

/// @title Certificates of attendance: one a person and event, bound to the person
/// @notice Token id = event number << 160 | attendee.
interface IPOAP is IERC5192 {
    /// @notice A certificate could not be minted with its check-in.
    /// @dev Emitted by the event contract (see IDoorBook); here so that one ABI decodes it.
    /// @param number The event's number.
    /// @param attendee Whom it is for.
    event PoapPending(uint256 indexed number, address indexed attendee);

    /// @notice The caller is no event of the factory.
    error POAP_NotAnEvent(address caller);
    /// @notice Certificates can be neither moved nor approved.
    error POAP_Soulbound();
    /// @notice No certificate waits under this id.
    error POAP_NothingToClaim(uint256 tokenId);
    /// @notice The attendee holds this certificate.
    error POAP_AlreadyHeld(uint256 tokenId);
    /// @notice An address that must not be zero is.
    error POAP_ZeroAddress();

    /// @notice Mint the caller's certificates; events of the factory only.
    /// @dev Zero addresses and holders are passed over.
    /// @param attendees Whom they are for.
    function mintBatch(address[] calldata attendees) external;

    /// @notice Mint a certificate that could not be minted with its check-in. Open to anyone.
    /// @param tokenId Event number << 160 | attendee.
    function claimPoap(uint256 tokenId) external;

    /// @notice The id of a certificate, held or not.
    /// @param number The event's number.
    /// @param attendee The person.
    /// @return number << 160 | attendee.
    function poapId(uint256 number, address attendee) external pure returns (uint256);

    /// @notice Whether a person holds the certificate of an event.
    /// @param number The event's number.
    /// @param attendee The person.
    /// @return Whether it is held.
    function hasPOAP(uint256 number, address attendee) external view returns (bool);

    /// @notice A person's certificates among events offset + 1 … offset + limit.
    /// @param who The person.
    /// @param offset How many events to leave out.
    /// @param limit How many events to look at.
    /// @return Token ids in order of event numbers.
    function getUserPOAPs(address who, uint256 offset, uint256 limit)
        external
        view
        returns (uint256[] memory);

    /// @notice The factory whose events may mint.
    /// @return Its address.
    function factory() external view returns (address);
}
