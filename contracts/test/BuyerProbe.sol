// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {IEventTicket} from "../src/interfaces/IEventTicket.sol";

/// @title A buyer that is a contract: refuses money or NFTs, or calls back when it is paid
contract BuyerProbe {
    enum Mode {
        Accept,
        Refuse,
        ReenterPurchase,
        ReenterCredit
    }

    Mode public mode;

    receive() external payable {
        if (mode == Mode.Refuse) revert("no money");
        if (mode == Mode.ReenterPurchase) {
            IEventTicket(msg.sender).purchaseTickets{value: msg.value}(
                address(this), 0, 1, new address[](0)
            );
        }
        if (mode == Mode.ReenterCredit) IEventTicket(msg.sender).withdrawCredit(address(this));
    }

    function setMode(Mode mode_) external {
        mode = mode_;
    }

    function buy(IEventTicket ticket, uint256 quantity) external payable {
        ticket.purchaseTickets{value: msg.value}(address(this), 0, quantity, new address[](0));
    }

    function refund(IEventTicket ticket, uint256[] calldata tokenIds) external {
        ticket.refund(tokenIds);
    }

    /// @dev A safe mint to this contract would fail.
    function onERC721Received(address, address, uint256, bytes calldata)
        external
        pure
        returns (bytes4)
    {
        revert("no tokens");
    }
}
