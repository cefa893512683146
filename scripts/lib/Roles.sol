// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title Roles
/// @notice The roles of the AccessManager. What each may call is in Powers.sol, who holds it in scripts/config.
/// @dev Role 0 is the AccessManager's own admin, held by the TimelockController alone.
library Roles {
    /// @dev Parameters within their immutable bounds, and ending a pause; after a delay.
    uint64 internal constant PARAMETERS = 1;
    /// @dev Pauses new payments and new stakes, and nothing else.
    uint64 internal constant GUARDIAN = 2;
    /// @dev Posts the reference price.
    uint64 internal constant POSTER = 3;
    /// @dev Spends from the operation pool, within its budgets.
    uint64 internal constant SPENDER = 4;
    /// @dev Publishes rewards, within the cap.
    uint64 internal constant PUBLISHER = 5;
    /// @dev Withdraws published rewards in their challenge time, and cancels changes that PARAMETERS has scheduled.
    uint64 internal constant VETOER = 6;
}
