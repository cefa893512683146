// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Vm} from "forge-std/Vm.sol";

/// @title Formats
/// @notice Numbers as people read them.
library Formats {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev `value` in units of 10^`places`, without superfluous zeros.
    function decimal(uint256 value, uint256 places) internal pure returns (string memory) {
        uint256 unit = 10 ** places;
        bytes memory fraction = bytes(vm.toString(unit + value % unit));
        uint256 length = fraction.length;
        while (fraction[length - 1] == "0") --length;
        if (length == 1) return vm.toString(value / unit);
        fraction[0] = ".";
        assembly ("memory-safe") {
            mstore(fraction, length)
        }
        return string.concat(vm.toString(value / unit), string(fraction));
    }

    function amount(uint256 value) internal pure returns (string memory) {
        return decimal(value, 18);
    }

    /// @dev From basis points.
    function percent(uint256 value) internal pure returns (string memory) {
        return string.concat(decimal(value, 2), " %");
    }

    function time(uint256 value) internal pure returns (string memory) {
        if (value == 0) return "0 s";
        if (value % 1 days == 0) return _plural(value / 1 days, "day");
        if (value % 1 hours == 0) return _plural(value / 1 hours, "hour");
        if (value % 1 minutes == 0) return _plural(value / 1 minutes, "minute");
        return string.concat(vm.toString(value), " s");
    }

    /// @dev How long until something may be done.
    function wait(uint256 value) internal pure returns (string memory) {
        return value == 0 ? "at once" : time(value);
    }

    function join(string[] memory parts) internal pure returns (string memory joined) {
        if (parts.length == 0) return "none";
        for (uint256 i; i < parts.length; ++i) {
            joined = string.concat(joined, i == 0 ? "" : ", ", parts[i]);
        }
    }

    function _plural(uint256 count, string memory noun) private pure returns (string memory) {
        return string.concat(vm.toString(count), " ", noun, count == 1 ? "" : "s");
    }
}
