// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title IReferencePrice
/// @notice The daily price that turns a fee in reference currency into an amount of BTSc (spec row A2).
/// @dev A price is BTSc wei per unit of reference currency: 2.5e18 says that one unit costs 2.5 BTSc. Times are unix
/// seconds. What holds at all times:
/// 1. The price in force lies inside the band, which only a delayed role moves.
/// 2. A posted price differs by no more than `maximumMove` from every price that was in force during the last 24 hours.
/// 3. A price that no poster has confirmed for `maximumAge` is stale, and nobody pays by it.
/// 4. An hour after the last post some price can be posted: the one in force at least.
/// Two changes of parameters, each announced by the delay of its role, make 2 count anew from the price in force: a band
/// that moves that price, and a smaller `maximumMove`. Were it otherwise, a poster who keeps the price outside a coming
/// band could refuse it, and a smaller move could leave no price that may be posted.
interface IReferencePrice {
    /// @notice A price came into force, which a poster confirmed at `postedAt`: now, unless a new band moved it.
    event PricePosted(uint256 price, uint40 postedAt);
    /// @notice The absolute band that every price lies in, after the change (BTSc wei per unit).
    event BandChanged(uint256 minimum, uint256 maximum);
    /// @notice The largest move per rolling 24 hours, after the change (basis points).
    event MaximumMoveChanged(uint16 maximumMove);
    /// @notice The age at which a price is stale, after the change (seconds).
    event MaximumAgeChanged(uint40 maximumAge);

    /// @notice The price is older than `maximumAge`: payments wait for the next post.
    error PriceStale(uint40 postedAt, uint40 maximumAge);
    /// @notice The price lies outside the absolute band.
    error PriceOutsideBand(uint256 price, uint256 minimum, uint256 maximum);
    /// @notice The price differs too much from one that was in force during the last 24 hours; `minimum` to `maximum` may
    /// be posted.
    error PriceMovedTooFar(uint256 price, uint256 minimum, uint256 maximum);
    /// @notice Two posts must be `minimumInterval` seconds (an hour) apart.
    error PostedTooSoon(uint40 postedAt, uint40 minimumInterval);
    /// @notice A parameter lies outside its immutable bounds.
    error ParameterOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Puts `newPrice` in force. Restricted to the poster.
    function post(uint256 newPrice) external;

    /// @notice Moves the band (BTSc wei per unit), and a price in force that is outside to its nearer edge. Restricted to
    /// a delayed role.
    /// @dev That is the only move without a poster, and it may be a large one; what a payer signed as a maximum holds all
    /// the same. It confirms nothing: the price becomes stale when it would have, and a stale one stays so.
    function setBand(uint256 minimum, uint256 maximum) external;

    /// @notice Sets the largest move per rolling 24 hours (basis points). Restricted to a delayed role.
    function setMaximumMove(uint16 basisPoints) external;

    /// @notice Sets the age at which a price is stale (seconds). Restricted to a delayed role.
    function setMaximumAge(uint40 age) external;

    /// @notice The price in force (BTSc wei per unit); reverts with `PriceStale` when nobody posted in time.
    function currentPrice() external view returns (uint256);

    /// @notice The last price, stale or not, and when a poster confirmed it.
    function latestPrice() external view returns (uint256 price, uint40 postedAt);

    /// @notice The lowest and the highest price that `post` would accept now (BTSc wei per unit). There is one, except in
    /// the hour after a post: then it reverts with `PostedTooSoon`, as `post` would.
    function allowedRange() external view returns (uint256 minimum, uint256 maximum);

    /// @notice Seconds from `from` until now in which the price was stale.
    function outageAfter(uint40 from) external view returns (uint40);

    /// @notice The absolute band (BTSc wei per unit).
    function band() external view returns (uint256 minimum, uint256 maximum);

    /// @notice The largest move per rolling 24 hours (basis points).
    function maximumMove() external view returns (uint16);

    /// @notice The age at which a price is stale (seconds).
    function maximumAge() external view returns (uint40);
}
