// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {Rewards} from "../contracts/libraries/Rewards.sol";

contract RewardsTest is Test {
    using Rewards for Rewards.Stream;

    uint40 private constant START = 1_800_000_000;
    uint40 private constant FINISH = START + 30 days;
    uint72 private constant RATE = 7e15;

    // ------------------------------------------------------------------ advance

    function test_Advance_GivenItIsOver() public pure {
        _assertUnchanged(_stream(RATE, FINISH, FINISH), 10, FINISH + 5);
        _assertUnchanged(_stream(RATE, FINISH, FINISH + 3), 10, FINISH + 5);
        _assertUnchanged(_stream(0, 0, 0), 10, START);
        _assertUnchanged(_stream(RATE, FINISH, FINISH), 0, FINISH + 5);
    }

    function test_Advance_GivenItWasBroughtThereAlready() public pure {
        _assertUnchanged(_stream(RATE, FINISH, START), 10, START);
        _assertUnchanged(_stream(RATE, FINISH, START), 0, START);
    }

    function test_Advance_GivenNothingAccrues() public pure {
        Rewards.Stream memory stream = _stream(RATE, FINISH, START);
        stream.carry = 5;
        assertEq(stream.advance(0, START + 100), 0, "growth");
        _assertStream(stream, FINISH + 100, START + 100, 5);
        assertEq(stream.advance(0, FINISH + 1 days), 0, "growth behind the finish");
        _assertStream(stream, FINISH + (FINISH + 1 days - START), FINISH + 1 days, 5);
        assertEq(stream.left(FINISH + 1 days), uint256(RATE) * 30 days, "all is left");
    }

    function test_Advance_WhenTimeLiesBeforeTheFinish() public pure {
        Rewards.Stream memory stream = _stream(RATE, FINISH, START);
        assertEq(stream.advance(10, START + 1), uint256(RATE) * 1e35, "growth of a second");
        assertEq(stream.advance(10, FINISH - 1), uint256(RATE) * (30 days - 2) * 1e35, "growth until the last");
        _assertStream(stream, FINISH, FINISH - 1, 0);
        assertEq(stream.left(FINISH - 1), RATE, "a second is left");
    }

    function test_Advance_WhenTimeLiesBehindTheFinish() public pure {
        Rewards.Stream memory stream = _stream(RATE, FINISH, START);
        assertEq(stream.advance(10, FINISH + 100 days), uint256(RATE) * 30 days * 1e35, "growth");
        _assertStream(stream, FINISH, FINISH + 100 days, 0);
        assertEq(stream.advance(10, FINISH + 101 days), 0, "growth later");
    }

    function test_Advance_WhenDivisionLeavesSomething() public pure {
        Rewards.Stream memory stream = _stream(1, FINISH, START);
        assertEq(stream.advance(3, START + 1), uint256(1e36) / 3, "a third, rounded down");
        _assertStream(stream, FINISH, START + 1, 1);
        assertEq(stream.advance(3, START + 2), uint256(1e36) / 3, "a third, rounded down again");
        _assertStream(stream, FINISH, START + 2, 2);
        assertEq(stream.advance(3, START + 3), uint256(1e36) / 3 + 1, "a third, with what was carried");
        _assertStream(stream, FINISH, START + 3, 0);
    }

    function test_Advance_WhenEverythingIsAsLargeAsItCanBe() public pure {
        uint40 last = type(uint40).max;
        Rewards.Stream memory stream = Rewards.Stream(type(uint72).max, last, 0, type(uint104).max);
        uint256 emitted = uint256(type(uint72).max) * last * 1e36;
        assertEq(stream.advance(1, last), emitted + type(uint104).max, "growth of a wei");
        stream = Rewards.Stream(type(uint72).max, last, 0, type(uint104).max);
        uint256 all = emitted + type(uint104).max;
        assertEq(stream.advance(type(uint104).max, last), all / type(uint104).max, "growth of all that fits");
        assertEq(stream.carry, all % type(uint104).max, "carry");
    }

    function testFuzz_Advance_GivesWhatWasEmitted(
        uint72 rate,
        uint256 duration,
        uint256 wait,
        uint104 accruing,
        uint104 carry
    ) public pure {
        accruing = uint104(bound(accruing, 1, type(uint104).max));
        uint40 finish = START + uint40(bound(duration, 1, 90 days));
        uint40 time = START + uint40(bound(wait, 1, 200 days));
        Rewards.Stream memory stream = Rewards.Stream(rate, finish, START, carry);
        uint256 ran = (time < finish ? time : finish) - START;
        uint256 growth = stream.advance(accruing, time);
        assertEq(growth * accruing + stream.carry, rate * ran * 1e36 + carry, "given and carried");
        assertLt(stream.carry, accruing, "what is carried is less than a part for each wei");
        assertEq(stream.left(time) + rate * ran, uint256(rate) * (finish - START), "emitted and left");
    }

    function testFuzz_Advance_GivesAsMuchInManySteps(uint72 rate, uint104 accruing, uint256[6] memory waits)
        public
        pure
    {
        accruing = uint104(bound(accruing, 1, type(uint104).max));
        Rewards.Stream memory stream = _stream(rate, FINISH, START);
        uint256 sum;
        uint40 time = START;
        for (uint256 i; i < waits.length; ++i) {
            time += uint40(bound(waits[i], 0, 8 days));
            sum += stream.advance(accruing, time);
        }
        Rewards.Stream memory once = _stream(rate, FINISH, START);
        assertEq(sum, once.advance(accruing, time), "growth");
        assertEq(stream.carry, once.carry, "carry");
        assertEq(stream.left(time), once.left(time), "left");
    }

    // ------------------------------------------------------------------ left, leastToFund

    function test_Left_IsTheRateTimesTheTimeToTheFinish() public pure {
        Rewards.Stream memory stream = _stream(RATE, FINISH, START);
        assertEq(stream.left(START), uint256(RATE) * 30 days, "all");
        assertEq(stream.left(FINISH - 1), RATE, "a second");
        assertEq(stream.left(FINISH), 0, "nothing");
        assertEq(stream.left(FINISH + 1), 0, "nothing later");
    }

    function test_LeastToFund_GivenNothingIsLeftOrEmitted() public pure {
        assertEq(_stream(0, 0, 0).leastToFund(START, 30 days), 30 days, "never begun");
        assertEq(_stream(RATE, FINISH, START).leastToFund(START, 30 days), 30 days, "funded this second");
        assertEq(_stream(RATE, FINISH, FINISH).leastToFund(FINISH, 30 days), 30 days, "over this second");
    }

    function test_LeastToFund_GivenItRuns() public pure {
        Rewards.Stream memory stream = _stream(RATE, FINISH, START);
        assertEq(stream.leastToFund(START + 1, 30 days), RATE, "a second was emitted");
        assertEq(stream.leastToFund(FINISH - 1, 30 days), uint256(RATE) * (30 days - 1), "all but a second");
    }

    /// @dev With the least, the rate stays at least; with a wei less, it falls.
    function testFuzz_LeastToFund_IsExact(uint72 rate, uint256 wait) public pure {
        rate = uint72(bound(rate, 1, type(uint72).max));
        uint40 time = START + uint40(bound(wait, 1, 30 days - 1));
        Rewards.Stream memory stream = _stream(rate, FINISH, time);
        uint256 least = stream.leastToFund(time, 30 days);
        assertEq((stream.left(time) + least) / 30 days, rate, "the same rate");
        assertEq((stream.left(time) + least - 1) / 30 days, rate - 1, "a lower rate");
    }

    // ------------------------------------------------------------------ helpers

    function _stream(uint72 rate, uint40 finish, uint40 updatedAt) private pure returns (Rewards.Stream memory) {
        return Rewards.Stream(rate, finish, updatedAt, 0);
    }

    function _assertUnchanged(Rewards.Stream memory stream, uint256 accruing, uint40 time) private pure {
        bytes memory before = abi.encode(stream);
        assertEq(stream.advance(accruing, time), 0, "growth");
        assertEq(abi.encode(stream), before, "stream");
    }

    function _assertStream(Rewards.Stream memory stream, uint40 finish, uint40 updatedAt, uint104 carry) private pure {
        assertEq(stream.finish, finish, "finish");
        assertEq(stream.updatedAt, updatedAt, "updated at");
        assertEq(stream.carry, carry, "carry");
    }
}
