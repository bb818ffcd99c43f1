// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// @title Somebody else's collection: anybody mints, moves and burns
contract PlainCollection is ERC721 {
    constructor() ERC721("Club card", "CLUB") {}

    function mint(address to, uint256 tokenId) external {
        _mint(to, tokenId);
    }

    function mintMany(address[] calldata to, uint256 firstTokenId) external {
        for (uint256 i = 0; i < to.length; ++i) {
            _mint(to[i], firstTokenId + i);
        }
    }

    function burn(uint256 tokenId) external {
        _burn(tokenId);
    }
}
