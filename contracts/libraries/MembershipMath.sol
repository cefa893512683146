// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IMembership} from "../interfaces/IMembership.sol";
import {Bounds} from "./Bounds.sol";

/// @title MembershipMath
/// @notice What time and payments make of a membership; the rules are those of IMembership.
/// @dev Pure: it works on a copy in memory, which it changes in place, and knows neither clock nor storage.
library MembershipMath {
    using SafeCast for uint256;

    /// @dev IMembership.Account, and the last Pro time whose place Normal time has taken. Without it anyone
    /// could break a lapsed Pro's `since` by a gift of Normal time, although the renewal window is still open.
    struct State {
        IMembership.Tier tier;
        uint40 since;
        uint40 start;
        uint40 end;
        uint96 value;
        IMembership.Tier nextTier;
        uint40 nextDuration;
        uint96 nextValue;
        uint40 proSince;
        uint40 proEnd;
    }

    /// @param duration Seconds that are bought.
    /// @param fee What they cost before any credit, in reference currency.
    /// @param own Whether the payer buys for themselves.
    struct Purchase {
        IMembership.Tier tier;
        uint40 duration;
        uint256 fee;
        bool own;
    }

    /// @notice Puts queued time in force once the time before it is over.
    function roll(State memory state, uint40 time) internal pure {
        if (state.nextTier == IMembership.Tier.Light || time < state.end) return;
        _remember(state);
        state.tier = state.nextTier;
        state.since = state.end;
        state.start = state.end;
        state.end += state.nextDuration;
        state.value = state.nextValue;
        _setNext(state, IMembership.Tier.Light, 0, 0);
    }

    /// @notice The last time in `tier`, which a purchase within the renewal window of its end takes up again; zeros for none.
    function lastIn(State memory state, IMembership.Tier tier) internal pure returns (uint40 since, uint40 end) {
        if (state.tier == tier) return (state.since, state.end);
        if (tier == IMembership.Tier.Pro) return (state.proSince, state.proEnd);
    }

    /// @notice From when on a mandate for `tier` may be charged, if it has not lapsed, and the end that it renews.
    /// @dev What runs and is of another tier is waited for, and so is what is queued of the same. Only a lapsed Pro who was
    /// given Normal time goes on at once (`resumes`), or a cheap gift would keep a mandate from renewing in time.
    function renewalOf(State memory rolled, IMembership.Tier tier, bool resumes, uint40 time, uint40 lead)
        internal
        pure
        returns (uint40 from, uint40 end)
    {
        if (resumes) return (rolled.proEnd, rolled.proEnd);
        if (time < rolled.end && rolled.tier == tier) return (rolled.end - lead, rolled.end);
        if (rolled.nextTier != tier) return (rolled.end, rolled.end);
        uint40 wait = rolled.nextDuration > lead ? rolled.nextDuration - lead : 0;
        return (rolled.end + wait, rolled.end + rolled.nextDuration);
    }

    /// @notice Whether an own mandate for `tier` could take up Pro time that Normal time has taken the place of.
    function mayResume(State memory rolled, IMembership.Tier tier, uint40 time) internal pure returns (bool) {
        return tier == IMembership.Tier.Pro && rolled.tier == IMembership.Tier.Normal && rolled.proEnd != 0
            && time < rolled.end;
    }

    /// @notice Adds `purchase` to a rolled `state`.
    /// @param renewalWindow How long after the end of its last time a tier is taken up again (seconds).
    /// @return credit What of the fee is covered by unused time that is given up.
    function buy(State memory state, Purchase memory purchase, uint40 time, uint40 renewalWindow)
        internal
        pure
        returns (uint256 credit)
    {
        if (time >= state.end) {
            _begin(state, purchase, time, renewalWindow);
        } else if (state.tier == purchase.tier) {
            _extend(state, purchase, time);
        } else if (purchase.own && purchase.tier == IMembership.Tier.Pro) {
            credit = _upgrade(state, purchase, time, renewalWindow);
        } else {
            _setNext(
                state,
                purchase.tier,
                state.nextDuration + purchase.duration,
                (state.nextValue + purchase.fee).toUint96()
            );
        }
        if (state.tier == IMembership.Tier.Pro) (state.proSince, state.proEnd) = (0, 0);
    }

    /// @notice How far what is paid for in `tier` reaches: what runs, or what is queued behind another tier.
    function reach(State memory state, IMembership.Tier tier) internal pure returns (uint256) {
        return state.tier == tier ? state.end : uint256(state.end) + state.nextDuration;
    }

    /// @notice The part of `state.value` that was paid for the time from `time` on, rounded down.
    function unusedValue(State memory state, uint40 time) internal pure returns (uint256) {
        return uint256(state.value) * (state.end - time) / (state.end - state.start);
    }

    /// @notice Divides income by shares, rounded down; what rounding leaves goes to operation.
    function divide(uint256 amount, uint16 rewardShare, uint16 stakingShare)
        internal
        pure
        returns (uint256 toRewardPool, uint256 toOperationPool, uint256 toStakingPool)
    {
        toRewardPool = amount * rewardShare / Bounds.BASIS_POINTS;
        toStakingPool = amount * stakingShare / Bounds.BASIS_POINTS;
        toOperationPool = amount - toRewardPool - toStakingPool;
    }

    function _begin(State memory state, Purchase memory purchase, uint40 time, uint40 renewalWindow) private pure {
        uint40 since = _sinceOf(state, purchase.tier, time, renewalWindow);
        _remember(state);
        state.tier = purchase.tier;
        state.since = since;
        state.start = time;
        state.end = time + purchase.duration;
        state.value = purchase.fee.toUint96();
    }

    function _extend(State memory state, Purchase memory purchase, uint40 time) private pure {
        state.value = (unusedValue(state, time) + purchase.fee).toUint96();
        state.start = time;
        state.end += purchase.duration;
    }

    /// @dev Pro begins at once. Pro that was queued as a gift follows on it without a seam, and Normal time that the fee
    /// does not use up follows after that.
    function _upgrade(State memory state, Purchase memory purchase, uint40 time, uint40 renewalWindow)
        private
        pure
        returns (uint256 credit)
    {
        uint256 unused = unusedValue(state, time);
        uint256 remaining = state.end - time;
        credit = unused < purchase.fee ? unused : purchase.fee;
        uint256 restValue = unused - credit;
        uint256 rest = credit == 0 ? remaining : remaining * restValue / unused;

        state.since = _sinceOf(state, IMembership.Tier.Pro, time, renewalWindow);
        state.tier = IMembership.Tier.Pro;
        state.start = time;
        state.end = time + purchase.duration + state.nextDuration;
        state.value = (state.nextValue + purchase.fee).toUint96();
        if (rest == 0) _setNext(state, IMembership.Tier.Light, 0, 0);
        else _setNext(state, IMembership.Tier.Normal, rest.toUint40(), restValue.toUint96());
    }

    /// @dev Call before another tier takes the place of the current one.
    function _remember(State memory state) private pure {
        if (state.tier == IMembership.Tier.Pro) (state.proSince, state.proEnd) = (state.since, state.end);
    }

    /// @dev The start of unbroken time in `tier`, if it is taken up again at `time`.
    function _sinceOf(State memory state, IMembership.Tier tier, uint40 time, uint40 renewalWindow)
        private
        pure
        returns (uint40)
    {
        (uint40 since, uint40 end) = lastIn(state, tier);
        return end != 0 && time <= end + renewalWindow ? since : time;
    }

    function _setNext(State memory state, IMembership.Tier tier, uint40 duration, uint96 value) private pure {
        (state.nextTier, state.nextDuration, state.nextValue) = (tier, duration, value);
    }
}
