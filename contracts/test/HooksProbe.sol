// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

import {IEventHooks} from "../src/interfaces/IEventHooks.sol";
import {IEventTicket} from "../src/interfaces/IEventTicket.sol";

/// @title A hooks contract that counts, fails, wastes gas, floods or calls back, as told
contract HooksProbe is IEventHooks {
    enum Mode {
        Count,
        Fail,
        Waste,
        Flood,
        Reenter
    }

    Mode public mode;
    uint256 public purchases;
    uint256 public attendees;
    uint256 public gasSeen;

    function setMode(Mode mode_) external {
        mode = mode_;
    }

    function onPurchase(address, address recipient, uint16, uint256, uint256 quantity, uint256)
        external
    {
        gasSeen = gasleft();
        _misbehave();
        if (mode == Mode.Reenter) {
            IEventTicket(msg.sender).purchaseTickets(recipient, 0, 1, new address[](0));
        }
        purchases += quantity;
    }

    function onCheckIn(address[] calldata who) external {
        gasSeen = gasleft();
        _misbehave();
        for (uint256 i = 0; i < who.length; ++i) {
            if (who[i] != address(0)) ++attendees;
        }
    }

    function _misbehave() private view {
        if (mode == Mode.Fail) revert("no");
        if (mode == Mode.Waste) {
            while (true) {}
        }
        if (mode == Mode.Flood) {
            // Megabytes of return data: a caller that copied them would run out of gas.
            assembly {
                revert(0, 300000)
            }
        }
    }
}
