// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IMembership} from "./interfaces/IMembership.sol";
import {IMembershipRegistry} from "./interfaces/IMembershipRegistry.sol";
import {Bounds} from "./libraries/Bounds.sol";

/// @title MembershipRegistry
contract MembershipRegistry is IMembershipRegistry, AccessManaged {
    /// @inheritdoc IMembershipRegistry
    uint40 public immutable delay;

    /// @dev The last entry, and the Membership before it: all that a reader needs of a list that only grows.
    Entry private _last;
    IMembership private _previous;
    Entry[] private _entries;

    constructor(address authority, uint40 delay_) AccessManaged(authority) {
        if (delay_ < Bounds.MINIMUM_SUCCESSION || delay_ > Bounds.MAXIMUM_SUCCESSION) {
            revert ParameterOutOfBounds(delay_, Bounds.MINIMUM_SUCCESSION, Bounds.MAXIMUM_SUCCESSION);
        }
        delay = delay_;
    }

    /// @inheritdoc IMembershipRegistry
    function append(IMembership membership) external restricted {
        Entry memory last = _last;
        if (block.timestamp < last.activeAt) revert EntryPending(last.activeAt);
        if (address(membership).code.length == 0 || address(membership.predecessor()) != address(last.membership)) {
            revert MembershipInvalid(address(membership));
        }

        uint256 index = _entries.length;
        uint40 activeAt = uint40(block.timestamp) + (index == 0 ? 0 : delay);
        Entry memory entry = Entry(membership, activeAt);
        _previous = last.membership;
        _last = entry;
        _entries.push(entry);
        emit MembershipAppended(index, membership, activeAt);
    }

    /// @inheritdoc IMembershipRegistry
    function current() external view returns (IMembership) {
        Entry memory last = _last;
        if (last.activeAt == 0) revert RegistryEmpty();
        return block.timestamp < last.activeAt ? _previous : last.membership;
    }

    /// @inheritdoc IMembershipRegistry
    function entryAt(uint256 index) external view returns (Entry memory) {
        return _entries[index];
    }

    /// @inheritdoc IMembershipRegistry
    function length() external view returns (uint256) {
        return _entries.length;
    }
}
