// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAggregatorV3} from "./interfaces/IAggregatorV3.sol";
import {IFeedPoster} from "./interfaces/IFeedPoster.sol";
import {IReferencePrice} from "./interfaces/IReferencePrice.sol";
import {Bounds} from "./libraries/Bounds.sol";

/// @title FeedPoster
contract FeedPoster is IFeedPoster {
    struct Quote {
        uint80 roundId;
        int256 answer;
        uint256 feedPrice;
        uint256 price;
    }

    /// @dev Wei per BTSc.
    uint256 private constant UNIT = 1e18;

    /// @inheritdoc IFeedPoster
    IAggregatorV3 public immutable feed;
    /// @inheritdoc IFeedPoster
    IReferencePrice public immutable referencePrice;
    /// @inheritdoc IFeedPoster
    uint40 public immutable maximumFeedAge;

    constructor(IAggregatorV3 feed_, IReferencePrice referencePrice_, uint40 maximumFeedAge_) {
        _requireWithin(maximumFeedAge_, Bounds.MINIMUM_FEED_AGE, Bounds.MAXIMUM_FEED_AGE);
        _requireWithin(feed_.decimals(), 0, Bounds.MAXIMUM_FEED_DECIMALS);
        feed = feed_;
        referencePrice = referencePrice_;
        maximumFeedAge = maximumFeedAge_;
    }

    /// @inheritdoc IFeedPoster
    function post() external returns (uint256) {
        Quote memory quote = _quote();
        emit FeedPricePosted(quote.roundId, quote.answer, quote.feedPrice, quote.price);
        referencePrice.post(quote.price);
        return quote.price;
    }

    /// @inheritdoc IFeedPoster
    function quotePrice() external view returns (uint256, uint256) {
        Quote memory quote = _quote();
        return (quote.feedPrice, quote.price);
    }

    function _quote() private view returns (Quote memory quote) {
        (quote.roundId, quote.answer) = _readFeed();
        // What stands behind a feed may be exchanged, so its decimals are read anew.
        uint8 decimals = feed.decimals();
        _requireWithin(decimals, 0, Bounds.MAXIMUM_FEED_DECIMALS);
        quote.feedPrice = Math.ceilDiv(UNIT * 10 ** decimals, uint256(quote.answer));
        (uint256 minimum, uint256 maximum) = referencePrice.allowedRange();
        quote.price = Math.min(Math.max(quote.feedPrice, minimum), maximum);
    }

    function _readFeed() private view returns (uint80 roundId, int256 answer) {
        uint256 updatedAt;
        uint80 answeredInRound;
        (roundId, answer,, updatedAt, answeredInRound) = feed.latestRoundData();
        if (updatedAt == 0 || answeredInRound < roundId) revert FeedRoundIncomplete(roundId, answeredInRound);
        if (updatedAt > block.timestamp) revert FeedRoundInFuture(updatedAt);
        if (block.timestamp - updatedAt > maximumFeedAge) revert FeedRoundStale(updatedAt, maximumFeedAge);
        if (answer <= 0) revert FeedAnswerNotPositive(answer);
    }

    function _requireWithin(uint256 value, uint256 minimum, uint256 maximum) private pure {
        if (value < minimum || value > maximum) revert ParameterOutOfBounds(value, minimum, maximum);
    }
}
