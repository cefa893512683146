// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {Rewards} from "../../contracts/libraries/Rewards.sol";

/// @dev The stream of rewards. Left out: that growth times principal and carry add up to what was emitted. It is what division
/// and remainder mean, and beyond the solvers, who do not take products of 232 bits apart; test/Rewards.t.sol compares it
/// with exact fractions.
contract RewardsCheck is Test {
    using Rewards for Rewards.Stream;

    // ------------------------------------------------------------------ all sizes

    /// @dev Whatever a stream says and how much accrues: it can be brought to any later time.
    function check_Advance_NeverReverts(Rewards.Stream memory stream, uint104 accruing, uint40 time) external view {
        _assumeLater(stream, time);
        vm.assume(uint256(stream.finish) + time <= type(uint40).max);
        (bool success,) = address(this).staticcall(abi.encodeCall(this.advance, (stream, accruing, time)));
        assertTrue(success, "call");
    }

    function check_Advance_GivenNothingAccrues_LosesNothing(Rewards.Stream memory stream, uint40 time) external pure {
        _assumeLater(stream, time);
        vm.assume(uint256(stream.finish) + time <= type(uint40).max);
        (uint72 rate, uint104 carry) = (stream.rate, stream.carry);
        uint256 seconds_ = stream.finish > stream.updatedAt ? stream.finish - stream.updatedAt : 0;
        assertEq(stream.advance(0, time), 0, "growth");
        assertEq(stream.rate, rate, "rate");
        assertEq(stream.carry, carry, "carry");
        uint256 secondsLeft = stream.finish > time ? stream.finish - time : 0;
        assertEq(secondsLeft, seconds_, "seconds that are left to emit");
    }

    function check_Advance_Twice_EmitsNothingTheSecondTime(
        Rewards.Stream memory stream,
        uint104 accruing,
        uint104 accruingThen,
        uint40 time
    ) external pure {
        _assumeLater(stream, time);
        vm.assume(uint256(stream.finish) + time <= type(uint40).max);
        stream.advance(accruing, time);
        (uint40 finish, uint104 carry) = (stream.finish, stream.carry);
        assertEq(stream.advance(accruingThen, time), 0, "growth");
        assertEq(stream.finish, finish, "finish");
        assertEq(stream.carry, carry, "carry");
    }

    // ------------------------------------------------------------------ bounded sizes: solvers don't divide wider numbers

    /// @dev Whatever is funded with at least the least, the stream is no slower than before.
    function check_LeastToFund_NeverSlowsTheStream(uint16 rate, uint16 passed, uint16 beyond) external pure {
        uint40 duration = 7 days;
        vm.assume(passed < duration);
        Rewards.Stream memory stream = Rewards.Stream(rate, 1000 + duration, 1000, 0);
        uint40 time = 1000 + uint40(passed);
        uint256 free = stream.leastToFund(time, duration) + beyond;
        uint256 next = (stream.left(time) + free) / duration;
        assertGe(next, rate, "rate");
        assertGt(next, 0, "rate");
    }

    function advance(Rewards.Stream memory stream, uint256 accruing, uint40 time) external pure returns (uint256) {
        return stream.advance(accruing, time);
    }

    function _assumeLater(Rewards.Stream memory stream, uint40 time) private pure {
        vm.assume(stream.updatedAt <= time);
    }
}
