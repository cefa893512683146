// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {Outages} from "../../contracts/libraries/Outages.sol";

/// @dev Compared with what the words say: the seconds of each outage that lie after `from`.
contract OutagesCheck is Test {
    using Outages for Outages.History;

    uint40 private constant LATEST = type(uint40).max / 4;

    Outages.History private _history;

    function check_SecondsSince_OfTwoOutages_IsTheirSum(
        uint40 start,
        uint40 end,
        uint40 start2,
        uint40 end2,
        uint40 from
    ) external {
        vm.assume(0 < start && start < end && end <= start2 && start2 < end2 && end2 < LATEST && from < LATEST);
        _history.add(start, end);
        _history.add(start2, end2);
        assertEq(_history.secondsSince(from), _after(from, start, end) + _after(from, start2, end2), "seconds");
    }

    function _after(uint256 from, uint256 start, uint256 end) private pure returns (uint256) {
        if (end <= from) return 0;
        return end - (from > start ? from : start);
    }
}
