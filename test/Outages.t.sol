// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {Outages} from "../contracts/libraries/Outages.sol";

contract OutagesTest is Test {
    using Outages for Outages.Outage;

    uint40 private constant WINDOW = 7 days;
    uint40 private constant START = 1_800_000_000;
    uint40 private constant LENGTH = 10 hours;

    function test_Add_GivenNone() public pure {
        Outages.Outage memory none;
        _assertOutage(none.add(START, START + LENGTH), START, START + LENGTH, LENGTH);
    }

    function test_Add_GivenTheLastIsAWindowAway() public pure {
        uint40 next = START + LENGTH + WINDOW;
        _assertOutage(_last().add(next, next + 1), START, next + 1, LENGTH + 1);
        ++next;
        _assertOutage(_last().add(next, next + 1), next, next + 1, 1);
    }

    function test_Add_GivenTheLastEndedNow() public pure {
        _assertOutage(_last().add(START + LENGTH, START + LENGTH + 1), START, START + LENGTH + 1, LENGTH + 1);
    }

    function test_Prolongation_GivenNone() public pure {
        Outages.Outage memory none;
        assertEq(none.prolongation(0), 0, "from the beginning of time");
        assertEq(none.prolongation(START), 0, "from now");
    }

    function test_Prolongation_WhenTheOutageIsOutsideTheLimit() public pure {
        assertEq(_last().prolongation(START + LENGTH), 0, "over when the limit begins");
        assertEq(_last().prolongation(START - WINDOW - 1), 0, "begins after the limit");
    }

    function test_Prolongation_WhenTheOutageIsInsideTheLimit() public pure {
        assertEq(_last().prolongation(START - WINDOW), LENGTH, "begins with the limit's last second");
        assertEq(_last().prolongation(START - 1 days), LENGTH, "in the middle");
        assertEq(_last().prolongation(START), LENGTH, "begins with the limit");
    }

    function test_Prolongation_WhenTheLimitBeginsInTheOutage() public pure {
        assertEq(_last().prolongation(START + 1), LENGTH - 1, "a second after");
        assertEq(_last().prolongation(START + LENGTH - 1), 1, "a second before the end");
    }

    function test_Prolongation_WhenTheLimitBeginsBetweenTwoThatAreKeptAsOne() public pure {
        uint40 second = START + 3 days;
        Outages.Outage memory both = _last().add(second, second + LENGTH);
        assertEq(both.prolongation(START - 1 days), 2 * LENGTH, "before both");
        assertEq(both.prolongation(START + 1 days), 2 * LENGTH, "between them: too much, by the first's length");
        assertEq(both.prolongation(second + 1), LENGTH - 1, "in the second");
    }

    /// @dev Outages at any times, asked about at any time, against counting the seconds in which one could pay. Whoever
    /// still has time by that count is in time, and nobody gets more than all outages together.
    function testFuzz_Prolongation_IsNeverTooLittle(uint256 seed) public pure {
        uint40[] memory starts = new uint40[](12);
        uint40[] memory ends = new uint40[](12);
        Outages.Outage memory last;
        uint40 time = START;
        uint40 total;
        for (uint256 i; i < starts.length; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            // Mostly near each other, at times far.
            starts[i] = time + uint40((seed >> 8) % (seed % 4 == 0 ? 20 days : 4 days));
            ends[i] = starts[i] + uint40((seed >> 64) % (seed % 3 == 0 ? 10 days : 6 hours));
            time = ends[i];
            last = last.add(starts[i], ends[i]);
            total += ends[i] - starts[i];

            uint40 asked = time + uint40((seed >> 128) % 2 days);
            uint40 from = asked - uint40((seed >> 192) % 30 days);
            uint40 actual = last.prolongation(from);
            uint40 end = _limit(starts, ends, i + 1, from);
            if (asked <= end) assertGe(from + WINDOW + actual, asked, "in time");
            assertLe(actual, total, "prolongation");
            if (i == 0) assertEq(from + WINDOW + actual, end, "limit, with one outage");
        }
    }

    /// @dev The last second of `WINDOW` seconds and one from `from` on, not counting those of an outage.
    function _limit(uint40[] memory starts, uint40[] memory ends, uint256 count, uint40 from)
        private
        pure
        returns (uint40)
    {
        uint40 left = WINDOW;
        uint40 clock = from;
        for (uint256 i; i < count; ++i) {
            if (ends[i] <= clock) continue;
            uint40 free = starts[i] > clock ? starts[i] - clock : 0;
            if (free > left) break;
            left -= free;
            clock = ends[i];
        }
        return clock + left;
    }

    function _last() private pure returns (Outages.Outage memory) {
        return Outages.Outage(START, START + LENGTH, LENGTH);
    }

    function _assertOutage(Outages.Outage memory actual, uint40 start, uint40 end, uint40 length) private pure {
        assertEq(actual.start, start, "start");
        assertEq(actual.end, end, "end");
        assertEq(actual.length, length, "length");
    }
}
