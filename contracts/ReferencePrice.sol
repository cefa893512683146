// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IReferencePrice} from "./interfaces/IReferencePrice.sol";
import {Bounds} from "./libraries/Bounds.sol";

/// @title ReferencePrice
contract ReferencePrice is IReferencePrice, AccessManaged {
    using SafeCast for uint256;

    /// @dev Everything a payment needs, in one slot. `posts` counts the posts before this one.
    struct Latest {
        uint128 price;
        uint40 postedAt;
        uint40 maximumAge;
        uint16 maximumMove;
        uint32 posts;
    }

    struct Post {
        uint128 price;
        uint40 postedAt;
    }

    struct Band {
        uint128 minimum;
        uint128 maximum;
    }

    uint40 private constant MINIMUM_INTERVAL = 1 hours;
    uint40 private constant WINDOW = 24 hours;

    /// @dev Posts are an hour apart, so no more than this many can reach into the window.
    uint256 private constant EARLIER_POSTS = WINDOW / MINIMUM_INTERVAL;

    Latest private _latest;
    Band private _band;
    /// @dev The posts before the latest, as a ring.
    Post[EARLIER_POSTS] private _earlier;

    /// @param price In force from now on, as if posted.
    constructor(address authority, uint256 price, uint256 bandMinimum, uint256 bandMaximum, uint16 move, uint40 age)
        AccessManaged(authority)
    {
        _latest.price = price.toUint128();
        _latest.postedAt = uint40(block.timestamp);
        emit PricePosted(price, uint40(block.timestamp));
        _setBand(bandMinimum, bandMaximum);
        _setMaximumMove(move);
        _setMaximumAge(age);
    }

    /// @inheritdoc IReferencePrice
    function post(uint256 newPrice) external restricted {
        Latest memory latest = _latest;
        uint40 time = uint40(block.timestamp);
        if (time < latest.postedAt + MINIMUM_INTERVAL) revert PostedTooSoon(latest.postedAt, MINIMUM_INTERVAL);
        _requireInBand(newPrice, _band.minimum, _band.maximum);
        _requireNear(newPrice, latest, time);

        _earlier[latest.posts % EARLIER_POSTS] = Post(latest.price, latest.postedAt);
        latest.price = newPrice.toUint128();
        latest.postedAt = time;
        ++latest.posts;
        _latest = latest;
        emit PricePosted(newPrice, time);
    }

    /// @inheritdoc IReferencePrice
    function setBand(uint256 minimum, uint256 maximum) external restricted {
        _setBand(minimum, maximum);
    }

    /// @inheritdoc IReferencePrice
    function setMaximumMove(uint16 basisPoints) external restricted {
        _setMaximumMove(basisPoints);
    }

    /// @inheritdoc IReferencePrice
    function setMaximumAge(uint40 age) external restricted {
        _setMaximumAge(age);
    }

    /// @inheritdoc IReferencePrice
    function currentPrice() external view returns (uint256) {
        Latest memory latest = _latest;
        if (block.timestamp > uint256(latest.postedAt) + latest.maximumAge) {
            revert PriceStale(latest.postedAt, latest.maximumAge);
        }
        return latest.price;
    }

    /// @inheritdoc IReferencePrice
    function outageAfter(uint40) external pure returns (uint40) {
        return 0;
    }

    /// @inheritdoc IReferencePrice
    function latestPrice() external view returns (uint256 price, uint40 postedAt) {
        return (_latest.price, _latest.postedAt);
    }

    /// @inheritdoc IReferencePrice
    function band() external view returns (uint256 minimum, uint256 maximum) {
        return (_band.minimum, _band.maximum);
    }

    /// @inheritdoc IReferencePrice
    function maximumMove() external view returns (uint16) {
        return _latest.maximumMove;
    }

    /// @inheritdoc IReferencePrice
    function maximumAge() external view returns (uint40) {
        return _latest.maximumAge;
    }

    function _setBand(uint256 minimum, uint256 maximum) private {
        _requireWithin(maximum, Bounds.MINIMUM_PRICE, Bounds.MAXIMUM_PRICE);
        _requireWithin(minimum, Bounds.MINIMUM_PRICE, maximum);
        _requireInBand(_latest.price, minimum, maximum);
        _band = Band(minimum.toUint128(), maximum.toUint128());
        emit BandChanged(minimum, maximum);
    }

    function _setMaximumMove(uint16 basisPoints) private {
        _requireWithin(basisPoints, Bounds.MINIMUM_PRICE_MOVE, Bounds.MAXIMUM_PRICE_MOVE);
        _latest.maximumMove = basisPoints;
        emit MaximumMoveChanged(basisPoints);
    }

    function _setMaximumAge(uint40 age) private {
        _requireWithin(age, Bounds.MINIMUM_PRICE_AGE, Bounds.MAXIMUM_PRICE_AGE);
        _latest.maximumAge = age;
        emit MaximumAgeChanged(age);
    }

    /// @dev Looks back from the latest post to the one that was in force when the window opened.
    function _requireNear(uint256 newPrice, Latest memory latest, uint40 time) private view {
        Post memory seen = Post(latest.price, latest.postedAt);
        uint256 left = latest.posts < EARLIER_POSTS ? latest.posts : EARLIER_POSTS;
        uint256 index = latest.posts;
        while (true) {
            uint256 move = newPrice > seen.price ? newPrice - seen.price : seen.price - newPrice;
            if (move * Bounds.BASIS_POINTS > uint256(seen.price) * latest.maximumMove) {
                revert PriceMovedTooFar(newPrice, seen.price, latest.maximumMove);
            }
            if (left == 0 || seen.postedAt + WINDOW <= time) return;
            --left;
            seen = _earlier[--index % EARLIER_POSTS];
        }
    }

    function _requireInBand(uint256 price, uint256 minimum, uint256 maximum) private pure {
        if (price < minimum || price > maximum) revert PriceOutsideBand(price, minimum, maximum);
    }

    function _requireWithin(uint256 value, uint256 minimum, uint256 maximum) private pure {
        if (value < minimum || value > maximum) revert ParameterOutOfBounds(value, minimum, maximum);
    }
}
