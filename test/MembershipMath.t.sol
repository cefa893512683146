// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {MembershipMath} from "../contracts/libraries/MembershipMath.sol";
import {BaseTest} from "./BaseTest.sol";

/// @dev The pure rules, with values that the bounds of fees and prices keep a payment from reaching.
contract MembershipMathTest is BaseTest {
    using MembershipMath for MembershipMath.State;

    function setUp() public override {}

    function testFuzz_Divide_AddsUp(uint256 amount, uint16 rewardShare, uint16 stakingShare) public pure {
        amount = bound(amount, 0, type(uint256).max / BASIS_POINTS);
        rewardShare = uint16(bound(rewardShare, 0, BASIS_POINTS));
        stakingShare = uint16(bound(stakingShare, 0, BASIS_POINTS - rewardShare));
        (uint256 toRewardPool, uint256 toOperationPool, uint256 toStakingPool) =
            MembershipMath.divide(amount, rewardShare, stakingShare);

        assertEq(toRewardPool + toOperationPool + toStakingPool, amount, "sum of the parts");
        assertEq(toRewardPool, amount * rewardShare / BASIS_POINTS, "to the reward pool");
        assertEq(toStakingPool, amount * stakingShare / BASIS_POINTS, "to the staking pool");
        uint256 share = amount * (BASIS_POINTS - rewardShare - stakingShare) / BASIS_POINTS;
        assertGe(toOperationPool, share, "to the operation pool at least");
        assertLe(toOperationPool, share + 2, "to the operation pool at most");
    }

    function testFuzz_Roll_GivenNothingIsOver(uint40 end, uint40 time, uint40 queue) public pure {
        end = uint40(bound(end, START + 1, START + 400 days));
        time = uint40(bound(time, START, end - 1));
        queue = uint40(bound(queue, 0, 400 days));
        MembershipMath.State memory state = _state(NORMAL, end, 10e18);
        if (queue != 0) (state.nextTier, state.nextDuration, state.nextValue) = (PRO, queue, 30e18);
        bytes memory before = abi.encode(state);
        state.roll(time);
        assertEq(abi.encode(state), before, "state");
    }

    function testFuzz_Roll_GivenTheRunningTimeIsOver(uint40 late, uint40 queue) public pure {
        uint40 end = START + PERIOD;
        late = uint40(bound(late, 0, 4000 days));
        queue = uint40(bound(queue, 1, 400 days));
        MembershipMath.State memory state = _state(PRO, end, 30e18);
        (state.nextTier, state.nextDuration, state.nextValue) = (NORMAL, queue, 10e18);
        state.roll(end + late);

        assertEq(uint8(state.tier), uint8(NORMAL), "tier");
        assertEq(state.since, end, "since");
        assertEq(state.start, end, "start");
        assertEq(state.end, end + queue, "end");
        assertEq(state.value, 10e18, "value");
        assertEq(uint8(state.nextTier), uint8(LIGHT), "next tier");
        assertEq(state.nextDuration, 0, "next duration");
        assertEq(state.nextValue, 0, "next value");
        bytes memory once = abi.encode(state);
        state.roll(end + late);
        assertEq(abi.encode(state), once, "state after rolling twice");
    }

    function testFuzz_UnusedValue_NeverRises(uint96 value, uint40 duration, uint40 passed) public pure {
        duration = uint40(bound(duration, 1, 400 days));
        passed = uint40(bound(passed, 0, duration - 1));
        MembershipMath.State memory state = _state(NORMAL, START + duration, value);
        assertEq(state.unusedValue(START), value, "unused at the start");
        uint256 unused = state.unusedValue(START + passed);
        assertLe(state.unusedValue(START + passed + 1), unused, "unused a second later");
        uint256 exact = uint256(value) * (duration - passed);
        assertLe(unused * duration, exact, "rounded down");
        assertGt((unused + 1) * duration, exact, "by less than a wei");
    }

    function testFuzz_Buy_GivenNormalTimeWithoutValue(uint40 left, uint96 queuedValue) public pure {
        left = uint40(bound(left, 1, 300 days));
        queuedValue = uint96(bound(queuedValue, 0, 1e24));
        MembershipMath.State memory state = _state(NORMAL, START + left, 0);
        if (queuedValue != 0) (state.nextTier, state.nextDuration, state.nextValue) = (PRO, PERIOD, queuedValue);
        uint256 credit = state.buy(MembershipMath.Purchase(PRO, PERIOD, PRO_FEE, true), START, RENEWAL_WINDOW);

        assertEq(credit, 0, "credit");
        assertEq(uint8(state.tier), uint8(PRO), "tier");
        assertEq(state.end, START + PERIOD + (queuedValue == 0 ? 0 : PERIOD), "end of Pro");
        assertEq(state.value, PRO_FEE + queuedValue, "value of Pro");
        assertEq(uint8(state.nextTier), uint8(NORMAL), "next tier");
        assertEq(state.nextDuration, left, "Normal time, whole");
        assertEq(state.nextValue, 0, "its value");
    }

    /// @dev Fees from nothing to the most that fits, and any state: what others pay for is added and nothing else changes.
    function testFuzz_Buy_ByOthersAddsExactlyWhatWasBought(
        uint96 value,
        uint96 fee,
        uint40 left,
        uint40 duration,
        bool runsPro,
        bool buysPro
    ) public pure {
        value = uint96(bound(value, 0, type(uint96).max / 4));
        fee = uint96(bound(fee, 0, type(uint96).max / 4));
        left = uint40(bound(left, 1, 300 days));
        duration = uint40(bound(duration, 1, 300 days));
        (IMembership.Tier running_, IMembership.Tier other) = runsPro ? (PRO, NORMAL) : (NORMAL, PRO);
        IMembership.Tier bought = buysPro ? PRO : NORMAL;
        MembershipMath.State memory state = _state(running_, START + left, value);
        (state.nextTier, state.nextDuration, state.nextValue) = (other, left, value);
        uint256 credit = state.buy(MembershipMath.Purchase(bought, duration, fee, false), START, RENEWAL_WINDOW);

        assertEq(credit, 0, "credit");
        assertEq(uint8(state.tier), uint8(running_), "tier");
        assertEq(state.since, START, "since");
        bool same = bought == running_;
        assertEq(state.end, START + left + (same ? duration : 0), "end");
        assertEq(state.value, uint256(value) + (same ? fee : 0), "value");
        assertEq(uint8(state.nextTier), uint8(other), "next tier");
        assertEq(state.nextDuration, left + (same ? 0 : duration), "next duration");
        assertEq(state.nextValue, uint256(value) + (same ? 0 : fee), "next value");
    }

    /// @dev Whatever runs and waits: a renewal at `from` is of the tier itself and queues nothing, and no renewal before it
    /// would be, but in the lead before the end.
    function testFuzz_RenewalOf_IsWhenTheTierItselfGoesOn(uint40 time, uint40 end, uint40 queue, uint256 draw)
        public
        pure
    {
        (IMembership.Tier tier, IMembership.Tier runs) = (draw & 1 == 0 ? NORMAL : PRO, draw & 2 == 0 ? NORMAL : PRO);
        time = uint40(bound(time, START, START + 400 days));
        end = uint40(bound(end, START + 1, START + 400 days));
        queue = uint40(bound(queue, 0, time < end ? 400 days : 0));
        MembershipMath.State memory state = _state(runs, end, 10e18);
        if (queue != 0) (state.nextTier, state.nextDuration) = (runs == NORMAL ? PRO : NORMAL, queue);
        (uint40 from, uint40 renewed) = state.renewalOf(tier, false, time, 3 days);

        bool waits = runs != tier && queue != 0;
        assertEq(renewed, waits ? end + queue : end, "the end that is renewed");
        uint40 lead = waits || (runs == tier && time < end) ? 3 days : 0;
        assertEq(from, waits && queue < lead ? end : renewed - lead, "from");
        uint40 at = from > time ? from : time;
        state.roll(at);
        state.buy(MembershipMath.Purchase(tier, PERIOD, 10e18, false), at, RENEWAL_WINDOW);
        assertEq(uint8(state.tier), uint8(tier), "tier after the renewal");
        assertEq(state.end, (at < renewed ? renewed : at) + PERIOD, "end after the renewal");
    }

    function testFuzz_RenewalOf_WhenItResumes(uint40 time, uint40 proEnd, uint40 left) public pure {
        proEnd = uint40(bound(proEnd, START + 1, START + 400 days));
        time = uint40(bound(time, proEnd, proEnd + 400 days));
        left = uint40(bound(left, 1, 400 days));
        MembershipMath.State memory state = _state(NORMAL, time + left, 10e18);
        assertFalse(state.mayResume(PRO, time), "without Pro before it");
        (state.proSince, state.proEnd) = (START, proEnd);
        assertTrue(state.mayResume(PRO, time), "Pro after Pro");
        assertFalse(state.mayResume(NORMAL, time), "Normal");
        assertFalse(state.mayResume(PRO, time + left), "when Normal is over too");
        (uint40 from, uint40 renewed) = state.renewalOf(PRO, true, time, 3 days);
        assertEq(from, proEnd, "from");
        assertEq(renewed, proEnd, "the end that is renewed");
        state.tier = PRO;
        assertFalse(state.mayResume(PRO, time), "while Pro runs");
    }

    function _state(IMembership.Tier tier, uint40 end, uint96 value)
        private
        pure
        returns (MembershipMath.State memory state)
    {
        (state.tier, state.since, state.start, state.end, state.value) = (tier, START, START, end, value);
    }
}
