// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {Outages} from "../../contracts/libraries/Outages.sol";

/// @dev Compared with what the words say: a limit of `WINDOW` runs only while payments are possible.
contract OutagesCheck is Test {
    using Outages for Outages.Outage;

    uint256 private constant WINDOW = Outages.WINDOW;
    uint40 private constant LATEST = type(uint40).max / 4;

    function check_Prolongation_OfOneOutage_IsExact(uint40 start, uint40 end, uint40 from) external pure {
        vm.assume(0 < start && start < end && end < LATEST && from < LATEST);
        Outages.Outage memory last = _none().add(start, end);
        assertEq(last.prolongation(from), _after(from + WINDOW, from, start, end) - from - WINDOW, "prolongation");
    }

    /// @dev Asked once the second is over, a limit that would still run then is never found to be over.
    function check_Prolongation_OfTwoOutages_IsNeverTooLittle(
        uint40 start,
        uint40 end,
        uint40 start2,
        uint40 end2,
        uint40 from
    ) external pure {
        vm.assume(0 < start && start < end && end <= start2 && start2 < end2 && end2 < LATEST && from < LATEST);
        Outages.Outage memory last = _none().add(start, end).add(start2, end2);
        uint256 limit = _after(from + WINDOW, from, start, end);
        limit = _after(limit, from, start2, end2);
        if (limit >= end2) assertGe(from + WINDOW + last.prolongation(from), limit, "limit");
    }

    function check_Prolongation_NeverExceedsTheLength(Outages.Outage memory last, uint40 from) external pure {
        vm.assume(last.start <= last.end && last.end < LATEST && last.length <= last.end - last.start && from < LATEST);
        assertLe(last.prolongation(from), last.length, "prolongation");
    }

    /// @dev The later the limit begins, the later it ends.
    function check_Prolongation_KeepsLimitsInOrder(Outages.Outage memory last, uint40 from, uint40 later)
        external
        pure
    {
        vm.assume(last.start <= last.end && last.end < LATEST && last.length <= last.end - last.start);
        vm.assume(from <= later && later < LATEST);
        assertLe(from + last.prolongation(from), uint256(later) + last.prolongation(later), "limit");
    }

    /// @dev Where a limit that would end at `limit` ends when the time from `start` to `end` does not count.
    function _after(uint256 limit, uint256 from, uint256 start, uint256 end) private pure returns (uint256) {
        if (end <= from || limit < start) return limit;
        return limit + end - (from > start ? from : start);
    }

    function _none() private pure returns (Outages.Outage memory none) {}
}
