// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @dev Stands for an AccessManager whose every role turned hostile: anyone may do anything at once.
contract Allows {
    function canCall(address, address, bytes4) external pure returns (bool immediate, uint32 delay) {
        return (true, 0);
    }
}
