// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMembership} from "./IMembership.sol";

/// @title IMembershipRegistry
/// @notice Which Membership says who is Pro: entries are only ever added, and take effect late enough for every staker
/// who disagrees to leave first.
interface IMembershipRegistry {
    /// @notice `membership` decides from `activeAt` (unix seconds) on, until the next entry does.
    struct Entry {
        IMembership membership;
        uint40 activeAt;
    }

    /// @notice Entry `index` was added, to decide from `activeAt` on.
    event MembershipAppended(uint256 indexed index, IMembership indexed membership, uint40 activeAt);

    /// @notice Nothing was appended yet.
    error RegistryEmpty();
    /// @notice The last entry decides only from `activeAt` on: the next one waits for it.
    error EntryPending(uint40 activeAt);
    /// @notice This is no Membership that can succeed the last: it must be a contract whose `predecessor` is the last entry.
    error MembershipInvalid(address membership);
    /// @notice A parameter lies outside its immutable bounds.
    error ParameterOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Adds `membership`; the first entry decides at once, a later one after `delay`. Restricted to a delayed role.
    function append(IMembership membership) external;

    /// @notice The Membership that decides now.
    function current() external view returns (IMembership);

    /// @notice Entry `index`, from 0.
    function entryAt(uint256 index) external view returns (Entry memory);

    /// @notice How many entries there are.
    function length() external view returns (uint256);

    /// @notice Seconds between adding an entry and its effect; longer than the longest cooldown of a stake.
    function delay() external view returns (uint40);
}
