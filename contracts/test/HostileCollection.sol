// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

/// @title A collection that says it is one, and then does as told
contract HostileCollection {
    enum Mode {
        Honest,
        Fail,
        Waste,
        Flood,
        FloodAndFail,
        Short,
        Malformed,
        Nobody
    }

    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    event CheckedIn(
        uint256 indexed tokenId,
        uint16 indexed door,
        address indexed attendee,
        bytes32 claimId,
        uint64 scannedAt,
        uint32 epoch
    );

    Mode public mode;
    address private _owner;

    function setMode(Mode mode_) external {
        mode = mode_;
    }

    /// @dev Every token is this one's from now on, without a word about it.
    function setOwner(address owner_) external {
        _owner = owner_;
    }

    /// @dev Tell of a movement that never was.
    function tell(address from, address to, uint256 tokenId) external {
        emit Transfer(from, to, tokenId);
    }

    /// @dev Tell of a check-in, which is not a collection's to tell.
    function forge(uint256 tokenId, uint16 door, address attendee, bytes32 claimId) external {
        emit CheckedIn(tokenId, door, attendee, claimId, 1, 0);
    }

    /// @dev A Transfer as an ERC-20 writes it, with two indexed fields.
    function tellAsCoin(address from, address to, uint256 amount) external {
        bytes32 topic = keccak256("Transfer(address,address,uint256)");
        assembly {
            mstore(0, amount)
            log3(0, 32, topic, from, to)
        }
    }

    function ownerOf(uint256) external view returns (address) {
        if (mode == Mode.Fail) revert("no");
        if (mode == Mode.Waste) {
            while (true) {}
        }
        if (mode == Mode.Nobody) return address(0);
        uint256 word = uint160(_owner);
        uint256 size = 32;
        if (mode == Mode.Malformed) word |= 1 << 200;
        if (mode == Mode.Short) size = 31;
        bool fails = mode == Mode.FloodAndFail;
        if (fails || mode == Mode.Flood) size = 300000;
        assembly {
            mstore(0, word)
            if fails { revert(0, size) }
            return(0, size)
        }
    }

    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == 0x01ffc9a7 || interfaceId == 0x80ac58cd;
    }
}
