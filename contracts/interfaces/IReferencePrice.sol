// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title IReferencePrice
/// @notice The daily price that turns a fee in reference currency into an amount of BTSc (spec row A2).
/// @dev A price is BTSc wei per unit of reference currency: 2.5e18 says that one unit costs 2.5 BTSc.
/// A poster moves it within `maximumMove` of every price that was in force during the last 24 hours, and never outside
/// the band, which only a delayed role may move. Times are unix seconds.
interface IReferencePrice {
    /// @notice A price came into force.
    event PricePosted(uint256 price, uint40 postedAt);
    /// @notice The absolute band that every posted price must lie in, after the change (BTSc wei per unit).
    event BandChanged(uint256 minimum, uint256 maximum);
    /// @notice The largest move per rolling 24 hours, after the change (basis points).
    event MaximumMoveChanged(uint16 maximumMove);
    /// @notice The age at which a price is stale, after the change (seconds).
    event MaximumAgeChanged(uint40 maximumAge);

    /// @notice The price is older than `maximumAge`: payments wait for the next post.
    error PriceStale(uint40 postedAt, uint40 maximumAge);
    /// @notice The price lies outside the absolute band.
    error PriceOutsideBand(uint256 price, uint256 minimum, uint256 maximum);
    /// @notice The price differs too much from `earlier`, which was in force during the last 24 hours.
    error PriceMovedTooFar(uint256 price, uint256 earlier, uint16 maximumMove);
    /// @notice Two posts must be `minimumInterval` seconds (an hour) apart.
    error PostedTooSoon(uint40 postedAt, uint40 minimumInterval);
    /// @notice A parameter lies outside its immutable bounds.
    error ParameterOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Puts `newPrice` in force. Restricted to the poster.
    function post(uint256 newPrice) external;

    /// @notice Moves the band (BTSc wei per unit). Restricted to a delayed role; the price in force must lie inside.
    function setBand(uint256 minimum, uint256 maximum) external;

    /// @notice Sets the largest move per rolling 24 hours (basis points). Restricted to a delayed role.
    function setMaximumMove(uint16 basisPoints) external;

    /// @notice Sets the age at which a price is stale (seconds). Restricted to a delayed role.
    function setMaximumAge(uint40 age) external;

    /// @notice The price in force (BTSc wei per unit); reverts with `PriceStale` when nobody posted in time.
    function currentPrice() external view returns (uint256);

    /// @notice By how much a limit of 7 days that runs from `from` is longer, since the price was stale (seconds).
    function outageAfter(uint40 from) external view returns (uint40);

    /// @notice The last posted price, stale or not, and when it was posted.
    function latestPrice() external view returns (uint256 price, uint40 postedAt);

    /// @notice The absolute band (BTSc wei per unit).
    function band() external view returns (uint256 minimum, uint256 maximum);

    /// @notice The largest move per rolling 24 hours (basis points).
    function maximumMove() external view returns (uint16);

    /// @notice The age at which a price is stale (seconds).
    function maximumAge() external view returns (uint40);
}
