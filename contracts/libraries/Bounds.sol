// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title Bounds
/// @notice How far any role may ever go: the limits that are part of the code, in one place.
/// @dev Fees are reference currency (18 decimals) per period, shares and moves are basis points, times are seconds.
library Bounds {
    uint256 internal constant BASIS_POINTS = 10_000;

    uint256 internal constant MINIMUM_FEE = 0.01e18;
    uint256 internal constant MAXIMUM_FEE = 10_000e18;

    /// @dev From here on the smallest move is a wei at least, so that rounding can't hold a price for ever.
    uint256 internal constant MINIMUM_PRICE = BASIS_POINTS;
    uint256 internal constant MAXIMUM_PRICE = type(uint128).max;
    uint16 internal constant MINIMUM_PRICE_MOVE = 1;
    uint16 internal constant MAXIMUM_PRICE_MOVE = 5000;
    uint40 internal constant MINIMUM_PRICE_AGE = 1 hours;
    uint40 internal constant MAXIMUM_PRICE_AGE = 7 days;
    uint40 internal constant MINIMUM_FEED_AGE = 1 minutes;
    uint40 internal constant MAXIMUM_FEED_AGE = 2 days;
    uint8 internal constant MAXIMUM_FEED_DECIMALS = 36;

    uint40 internal constant MAXIMUM_COOLDOWN = 14 days;
    /// @dev Longer than any cooldown: whoever disagrees with a successor can leave before it decides anything.
    uint40 internal constant MINIMUM_SUCCESSION = 15 days;
    uint40 internal constant MAXIMUM_SUCCESSION = 90 days;
    uint40 internal constant MINIMUM_REWARD_TIME = 1 days;
    uint40 internal constant MAXIMUM_REWARD_TIME = 90 days;
    uint256 internal constant MAXIMUM_LEVELS = 8;

    uint40 internal constant MINIMUM_EPOCH = 1 hours;
    uint40 internal constant MAXIMUM_EPOCH = 366 days;
    uint40 internal constant MINIMUM_CHALLENGE = 1 hours;
    uint40 internal constant MAXIMUM_CHALLENGE = 14 days;
    uint256 internal constant MAXIMUM_RECIPIENTS = 8;
}
