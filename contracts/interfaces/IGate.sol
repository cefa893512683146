// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title IGate
/// @notice What lets people in and can be shut: for a while by the guardian, for good by retirement. Nothing that lets
/// people out is behind it.
interface IGate {
    /// @notice This version takes nobody in any more, for good; a successor does.
    event Retired();

    /// @notice This version is retired: use its successor.
    error RetiredForGood();

    /// @notice Stops new entries. Restricted to the guardian; what is paid or staked goes on, and leaving is open.
    function pause() external;

    /// @notice Takes entries again. Restricted to a delayed role.
    function unpause() external;

    /// @notice Stops new entries for good. Restricted to a delayed role.
    function retire() external;

    /// @notice Whether entries are stopped for a while.
    function paused() external view returns (bool);

    /// @notice Whether entries are stopped for good.
    function retired() external view returns (bool);
}
