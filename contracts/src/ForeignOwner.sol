// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title Who owns a token of a contract that may be hostile
library ForeignOwner {
    /// @dev Zero for anything but a clean answer: a revert, no code, a short or malformed answer. The
    /// collection's code runs with all gas, so use this only where the caller pays for nobody else.
    function ownerOf(address token, uint256 tokenId) internal view returns (address) {
        (bool answered, bytes memory answer) =
            token.staticcall(abi.encodeCall(IERC721.ownerOf, (tokenId)));
        if (!answered || answer.length < 32) return address(0);
        uint256 word = abi.decode(answer, (uint256));
        return word > type(uint160).max ? address(0) : address(uint160(word));
    }
}
