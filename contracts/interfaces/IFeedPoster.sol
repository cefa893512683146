// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IAggregatorV3} from "./IAggregatorV3.sol";
import {IReferencePrice} from "./IReferencePrice.sol";

/// @title IFeedPoster
/// @notice Posts the reference price that a feed has (spec row A2). It is a poster like any other: it holds that role and
/// is bound by ReferencePrice in the same way.
/// @dev The feed says what one BTSc costs in reference currency; a price is BTSc wei per unit of reference currency, so
/// the answer is inverted, and rounded up: nobody pays less than it says. What lies beyond what ReferencePrice accepts
/// is posted as the nearest price that it does, or a jump of the feed would keep it out for ever. Anyone may call, and
/// so chooses the moment, once an hour at most. A price may be as old as the feed's age and that of the post together.
interface IFeedPoster {
    /// @notice The feed's round says `feedPrice`, and `price` was posted (BTSc wei per unit).
    event FeedPricePosted(uint80 indexed roundId, int256 answer, uint256 feedPrice, uint256 price);

    /// @notice The round has no answer yet, or that of an earlier round.
    error FeedRoundIncomplete(uint80 roundId, uint80 answeredInRound);
    /// @notice The round was answered later than now.
    error FeedRoundInFuture(uint256 updatedAt);
    /// @notice The round is older than `maximumFeedAge`.
    error FeedRoundStale(uint256 updatedAt, uint40 maximumFeedAge);
    /// @notice The answer is zero or negative.
    error FeedAnswerNotPositive(int256 answer);
    /// @notice A parameter, or the number of the feed's decimals, lies outside its immutable bounds.
    error ParameterOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Posts what the feed says, or what of it ReferencePrice accepts. Anyone may call.
    function post() external returns (uint256 price);

    /// @notice The price that the feed says, and the one that `post` would post now. Reverts when `post` would.
    function quotePrice() external view returns (uint256 feedPrice, uint256 price);

    /// @notice The feed: reference currency per BTSc.
    function feed() external view returns (IAggregatorV3);

    /// @notice Where prices are posted.
    function referencePrice() external view returns (IReferencePrice);

    /// @notice The age at which a round of the feed is stale (seconds).
    function maximumFeedAge() external view returns (uint40);
}
