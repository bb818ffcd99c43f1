// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.24;

/// @title Code to put in place of the certificates: every call fails
contract BrokenPoap {
    fallback() external {
        revert("broken");
    }
}
