// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {Outages} from "../contracts/libraries/Outages.sol";

contract OutagesTest is Test {
    using Outages for Outages.History;

    uint40 private constant START = 1_800_000_000;
    uint40 private constant END = START + 10 hours;

    Outages.History private _history;
    uint40[] private _starts;
    uint40[] private _ends;

    function test_SecondsSince_GivenNone() public view {
        assertEq(_history.secondsSince(0), 0, "from the beginning of time");
        assertEq(_history.secondsSince(START), 0, "from now");
        assertEq(_history.lastEnd(), 0, "last end");
    }

    function test_SecondsSince_GivenOne() public {
        _history.add(START, END);
        assertEq(_history.secondsSince(0), 10 hours, "from long before");
        assertEq(_history.secondsSince(START), 10 hours, "from its start");
        assertEq(_history.secondsSince(START + 1), 10 hours - 1, "from a second after");
        assertEq(_history.secondsSince(END - 1), 1, "from its last second");
        assertEq(_history.secondsSince(END), 0, "from its end");
        assertEq(_history.lastEnd(), END, "last end");
    }

    function test_SecondsSince_GivenTwo() public {
        _history.add(START, END);
        _history.add(END + 5, END + 8);
        assertEq(_history.secondsSince(START), 10 hours + 3, "from the first's start");
        assertEq(_history.secondsSince(END), 3, "from between them");
        assertEq(_history.secondsSince(END + 6), 2, "from within the second");
        assertEq(_history.secondsSince(END + 8), 0, "from the second's end");
    }

    function test_Add_GivenTheLastEndedNow() public {
        _history.add(START, END);
        _history.add(END, END + 1);
        assertEq(_history.secondsSince(START), 10 hours + 1, "both");
        _history.add(END + 1, END + 1);
        assertEq(_history.secondsSince(START), 10 hours + 1, "no time has passed");
    }

    function test_Add_WhenItHasNoLength() public {
        _history.add(START, START);
        assertEq(_history.secondsSince(0), 0, "seconds");
        assertEq(_history.lastEnd(), START, "last end");
    }

    /// @dev Any number of outages, asked from any time, against adding them all up.
    function testFuzz_SecondsSince_IsTheSum(uint256 seed) public {
        uint40 time = START;
        for (uint256 i; i < 12; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            _starts.push(time + uint40((seed >> 8) % (seed % 4 == 0 ? 20 days : 4 days)));
            _ends.push(_starts[i] + uint40((seed >> 64) % (seed % 3 == 0 ? 10 days : 6 hours)));
            time = _ends[i];
            _history.add(_starts[i], time);
            uint40 from = time + 1 days - uint40((seed >> 128) % 60 days);
            assertEq(_history.secondsSince(from), _sum(from), "seconds");
        }
    }

    function _sum(uint40 from) private view returns (uint40 seconds_) {
        for (uint256 i; i < _starts.length; ++i) {
            if (_ends[i] <= from) continue;
            seconds_ += _ends[i] - (_starts[i] > from ? _starts[i] : from);
        }
    }
}
