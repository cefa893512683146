// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMembership} from "../interfaces/IMembership.sol";
import {MembershipMath} from "./MembershipMath.sol";

/// @title Accounts
/// @notice How memberships lie in storage: one slot each, and a second one only where there is something to keep in it.
library Accounts {
    struct Book {
        mapping(address account => Current) current;
        mapping(address account => Beyond) beyond;
    }

    /// @dev `more` says whether there is anything in the second slot.
    struct Current {
        IMembership.Tier tier;
        uint40 since;
        uint40 start;
        uint40 end;
        uint96 value;
        bool more;
    }

    struct Beyond {
        IMembership.Tier nextTier;
        uint40 nextDuration;
        uint96 nextValue;
        uint40 proSince;
        uint40 proEnd;
    }

    /// @dev What `other` says of `account`, whole.
    function stateAt(IMembership other, address account) internal view returns (MembershipMath.State memory state) {
        IMembership.Account memory seen = other.membershipOf(account);
        (state.tier, state.since, state.start, state.end, state.value) =
        (seen.tier, seen.since, seen.start, seen.end, seen.value);
        (state.nextTier, state.nextDuration, state.nextValue) = (seen.nextTier, seen.nextDuration, seen.nextValue);
        (state.proSince, state.proEnd) = other.lastProOf(account);
    }

    /// @dev Whether anything was ever stored for `account`.
    function has(Book storage book, address account) internal view returns (bool) {
        return book.current[account].end != 0;
    }

    function load(Book storage book, address account) internal view returns (MembershipMath.State memory state) {
        Current memory current = book.current[account];
        (state.tier, state.since, state.start, state.end, state.value) =
        (current.tier, current.since, current.start, current.end, current.value);
        if (!current.more) return state;
        Beyond memory beyond = book.beyond[account];
        (state.nextTier, state.nextDuration, state.nextValue, state.proSince, state.proEnd) =
        (beyond.nextTier, beyond.nextDuration, beyond.nextValue, beyond.proSince, beyond.proEnd);
    }

    function store(Book storage book, address account, MembershipMath.State memory state) internal {
        bool more = state.nextTier != IMembership.Tier.Light || state.proEnd != 0;
        if (more) {
            book.beyond[account] =
                Beyond(state.nextTier, state.nextDuration, state.nextValue, state.proSince, state.proEnd);
        } else if (book.current[account].more) {
            delete book.beyond[account];
        }
        book.current[account] = Current(state.tier, state.since, state.start, state.end, state.value, more);
    }

    /// @dev The tier at `time`, and since when; `time` is no earlier than the last change.
    function standingOf(Book storage book, address account, uint256 time)
        internal
        view
        returns (IMembership.Tier, uint40)
    {
        Current memory current = book.current[account];
        if (time < current.end) return (current.tier, current.since);
        if (!current.more) return (IMembership.Tier.Light, 0);
        Beyond memory beyond = book.beyond[account];
        if (time < current.end + beyond.nextDuration) return (beyond.nextTier, current.end);
        return (IMembership.Tier.Light, 0);
    }
}
