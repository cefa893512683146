// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {IMembership} from "../../contracts/interfaces/IMembership.sol";
import {MembershipMath} from "../../contracts/libraries/MembershipMath.sol";

/// @dev Proved for every state that Membership can be in, not only for those that a fuzzer finds (`make audit`, halmos).
contract MembershipMathCheck is Test {
    using MembershipMath for MembershipMath.State;

    uint40 private constant PERIOD = 30 days;
    // Far beyond any date, and far from the end of uint40.
    uint40 private constant LATEST = type(uint40).max / 4;
    uint256 private constant HIGHEST_FEE = 12 * 10_000e18;

    // ------------------------------------------------------------------ unusedValue

    // Left out: that it never rises with time. It takes two quotients by one free divisor, and no solver ends on that;
    // test/MembershipMath.t.sol tries it.

    function check_UnusedValue_NeverExceedsTheValue(uint96 value, uint40 duration, uint40 passed) external pure {
        vm.assume(passed <= duration && duration != 0);
        MembershipMath.State memory state;
        (state.end, state.value) = (duration, value);
        assertLe(state.unusedValue(passed), value, "unused value");
    }

    function check_UnusedValue_IsNothingAtTheEnd(MembershipMath.State memory state) external pure {
        vm.assume(state.start < state.end);
        assertEq(state.unusedValue(state.end), 0, "unused value");
    }

    // ------------------------------------------------------------------ buy

    function check_Buy_ByOthersShortensNothing(
        MembershipMath.State memory state,
        MembershipMath.Purchase memory purchase,
        uint40 time
    ) external pure {
        _assumeValid(state, purchase, time);
        purchase.own = false;
        MembershipMath.State memory before = _copy(state);
        uint256 credit = state.buy(purchase, time, 7 days);

        assertEq(credit, 0, "credit");
        if (time < before.end) {
            assertEq(uint8(state.tier), uint8(before.tier), "tier that runs");
            assertEq(state.since, before.since, "since");
            assertGe(state.end, before.end, "end");
            assertGe(state.nextDuration, before.nextDuration, "queued time");
            uint256 bought = uint256(state.end) + state.nextDuration - before.end - before.nextDuration;
            assertEq(bought, purchase.duration, "time that was bought");
        } else {
            assertEq(uint8(state.tier), uint8(purchase.tier), "tier");
            assertEq(state.end, time + purchase.duration, "end");
        }
    }

    function check_Buy_NeverEndsProEarlier(
        MembershipMath.State memory state,
        MembershipMath.Purchase memory purchase,
        uint40 time
    ) external pure {
        _assumeValid(state, purchase, time);
        MembershipMath.State memory before = _copy(state);
        state.buy(purchase, time, 7 days);
        assertGe(_left(state, PRO, time), _left(before, PRO, time), "Pro time");
    }

    function check_Buy_CreditsNoMoreThanTheFee(
        MembershipMath.State memory state,
        MembershipMath.Purchase memory purchase,
        uint40 time
    ) external pure {
        _assumeValid(state, purchase, time);
        uint256 credit = state.buy(purchase, time, 7 days);
        assertLe(credit, purchase.fee, "credit");
    }

    function check_Buy_KeepsTheValueOfAnUpgrade(
        MembershipMath.State memory state,
        MembershipMath.Purchase memory purchase,
        uint40 time
    ) external pure {
        _assumeValid(state, purchase, time);
        vm.assume(purchase.own && purchase.tier == PRO && state.tier == NORMAL && time < state.end);
        uint256 unused = state.unusedValue(time);
        uint256 before = unused + state.nextValue;
        uint256 credit = state.buy(purchase, time, 7 days);
        // Where the rest is worth less than a second of it, there is no time left to hold that value.
        if (state.nextTier == NORMAL) {
            assertEq(uint256(state.value) + state.nextValue, before + purchase.fee - credit, "value");
        } else {
            assertLe(uint256(state.value) + state.nextValue, before + purchase.fee - credit, "value");
        }
    }

    function check_Buy_LeavesWhatRollsInOrder(
        MembershipMath.State memory state,
        MembershipMath.Purchase memory purchase,
        uint40 time
    ) external pure {
        _assumeValid(state, purchase, time);
        state.buy(purchase, time, 7 days);
        assertGt(state.end, time, "end");
        assertLt(state.start, state.end, "start");
        assertLe(state.since, state.start, "since");
        assertEq(state.nextTier == LIGHT, state.nextDuration == 0, "queued time and tier");
        assertTrue(state.nextTier != state.tier, "queued tier");
    }

    // ------------------------------------------------------------------ roll

    function check_Roll_KeepsTheTimeLeft(MembershipMath.State memory state, uint40 time, uint40 later) external pure {
        _assumeOrdered(state);
        vm.assume(state.start <= time && time <= later && later < LATEST);
        MembershipMath.State memory before = _copy(state);
        state.roll(time);
        assertEq(_left(state, NORMAL, later), _left(before, NORMAL, later), "Normal time");
        assertEq(_left(state, PRO, later), _left(before, PRO, later), "Pro time");
    }

    // ------------------------------------------------------------------ divide

    function check_Divide_AddsUp(uint128 amount, uint16 rewardShare, uint16 stakingShare) external pure {
        vm.assume(uint256(rewardShare) + stakingShare <= 10_000);
        (uint256 toRewardPool, uint256 toOperationPool, uint256 toStakingPool) =
            MembershipMath.divide(amount, rewardShare, stakingShare);
        assertEq(toRewardPool + toOperationPool + toStakingPool, amount, "sum");
    }

    // ------------------------------------------------------------------ helpers

    IMembership.Tier private constant LIGHT = IMembership.Tier.Light;
    IMembership.Tier private constant NORMAL = IMembership.Tier.Normal;
    IMembership.Tier private constant PRO = IMembership.Tier.Pro;

    /// @dev What Membership hands to `buy`: a state that was rolled to `time`, and a purchase within its limits.
    function _assumeValid(MembershipMath.State memory state, MembershipMath.Purchase memory purchase, uint40 time)
        private
        pure
    {
        _assumeOrdered(state);
        vm.assume(time < LATEST && state.start <= time);
        vm.assume(state.nextTier == LIGHT || time < state.end);
        vm.assume(purchase.tier != LIGHT && purchase.duration != 0 && purchase.duration <= 12 * PERIOD);
        vm.assume(purchase.fee <= HIGHEST_FEE);
    }

    /// @dev What `store` has ever stored.
    function _assumeOrdered(MembershipMath.State memory state) private pure {
        vm.assume(state.tier != LIGHT && state.tier != state.nextTier);
        vm.assume(state.since <= state.start && state.start < state.end && state.end < LATEST);
        vm.assume((state.nextTier == LIGHT) == (state.nextDuration == 0));
        vm.assume(state.nextTier != LIGHT || state.nextValue == 0);
        vm.assume(state.nextDuration < LATEST);
        vm.assume(state.proSince <= state.proEnd && state.proEnd <= state.start);
        // 600 years of the highest fee; more than uint96 / 2 is never reached by one account.
        vm.assume(state.value < type(uint96).max / 4 && state.nextValue < type(uint96).max / 4);
    }

    /// @dev The time in `tier` that is left at `time`, running and queued.
    function _left(MembershipMath.State memory state, IMembership.Tier tier, uint256 time)
        private
        pure
        returns (uint256 left)
    {
        uint256 end = state.end;
        if (state.tier == tier && end > time) left = end - time;
        if (state.nextTier == tier) {
            uint256 start = end > time ? end : time;
            uint256 nextEnd = end + state.nextDuration;
            if (nextEnd > start) left += nextEnd - start;
        }
    }

    function _copy(MembershipMath.State memory state) private pure returns (MembershipMath.State memory) {
        return MembershipMath.State(
            state.tier,
            state.since,
            state.start,
            state.end,
            state.value,
            state.nextTier,
            state.nextDuration,
            state.nextValue,
            state.proSince,
            state.proEnd
        );
    }
}
