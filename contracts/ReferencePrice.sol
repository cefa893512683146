// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IReferencePrice} from "./interfaces/IReferencePrice.sol";
import {Bounds} from "./libraries/Bounds.sol";
import {Outages} from "./libraries/Outages.sol";

/// @title ReferencePrice
contract ReferencePrice is IReferencePrice, AccessManaged {
    using Outages for Outages.History;
    using SafeCast for uint256;

    /// @dev Everything a payment needs, in one slot. `posts` counts the posts before this one that bind the next.
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
    /// @dev When the price was stale, without the spell that is not over.
    Outages.History private _outages;
    /// @dev The posts before the latest, as a ring.
    Post[EARLIER_POSTS] private _earlier;

    /// @param price In force from now on, as if posted.
    constructor(address authority, uint256 price, uint256 bandMinimum, uint256 bandMaximum, uint16 move, uint40 age)
        AccessManaged(authority)
    {
        _latest.price = price.toUint128();
        _latest.postedAt = uint40(block.timestamp);
        emit PricePosted(price, uint40(block.timestamp));
        _requireInBand(price, bandMinimum, bandMaximum);
        _setBand(bandMinimum, bandMaximum);
        _setMaximumMove(move);
        _setMaximumAge(age);
    }

    /// @inheritdoc IReferencePrice
    function post(uint256 newPrice) external restricted {
        Latest memory latest = _latest;
        uint40 time = uint40(block.timestamp);
        _requireInterval(latest, time);
        Band memory limits = _band;
        _requireInBand(newPrice, limits.minimum, limits.maximum);
        (uint256 minimum, uint256 maximum) = _allowedRange(latest, limits, time);
        if (newPrice < minimum || newPrice > maximum) revert PriceMovedTooFar(newPrice, minimum, maximum);

        if (_isStale(latest, time)) _outages.add(_staleFrom(latest), time);
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
        if (_isStale(latest, uint40(block.timestamp))) revert PriceStale(latest.postedAt, latest.maximumAge);
        return latest.price;
    }

    /// @inheritdoc IReferencePrice
    function latestPrice() external view returns (uint256 price, uint40 postedAt) {
        return (_latest.price, _latest.postedAt);
    }

    /// @inheritdoc IReferencePrice
    function allowedRange() external view returns (uint256, uint256) {
        Latest memory latest = _latest;
        uint40 time = uint40(block.timestamp);
        _requireInterval(latest, time);
        return _allowedRange(latest, _band, time);
    }

    /// @inheritdoc IReferencePrice
    function outageAfter(uint40 from) external view returns (uint40) {
        uint40 time = uint40(block.timestamp);
        uint40 start = uint40(Math.max(_staleFrom(_latest), from));
        return _outages.secondsSince(from) + (start < time ? time - start : 0);
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
        Latest memory latest = _latest;
        uint256 price = Math.min(Math.max(latest.price, minimum), maximum);

        _band = Band(minimum.toUint128(), maximum.toUint128());
        emit BandChanged(minimum, maximum);
        if (price == latest.price) return;
        (latest.price, latest.posts) = (price.toUint128(), 0);
        _latest = latest;
        emit PricePosted(price, latest.postedAt);
    }

    function _setMaximumMove(uint16 basisPoints) private {
        _requireWithin(basisPoints, Bounds.MINIMUM_PRICE_MOVE, Bounds.MAXIMUM_PRICE_MOVE);
        if (basisPoints < _latest.maximumMove) _latest.posts = 0;
        _latest.maximumMove = basisPoints;
        emit MaximumMoveChanged(basisPoints);
    }

    /// @dev A price that is stale by either age is an outage up to now by the old one, and from now on by the new one.
    function _setMaximumAge(uint40 age) private {
        _requireWithin(age, Bounds.MINIMUM_PRICE_AGE, Bounds.MAXIMUM_PRICE_AGE);
        Latest memory latest = _latest;
        uint40 time = uint40(block.timestamp);
        uint40 start = uint40(Math.min(_staleFrom(latest), time));
        latest.maximumAge = age;

        if (start < time || _isStale(latest, time)) _outages.add(start, time);
        _latest = latest;
        emit MaximumAgeChanged(age);
    }

    /// @dev Looks back from the latest post to the one that was in force when the window opened. Moves are rounded down.
    function _allowedRange(Latest memory latest, Band memory limits, uint40 time)
        private
        view
        returns (uint256 minimum, uint256 maximum)
    {
        (minimum, maximum) = (limits.minimum, limits.maximum);
        Post memory seen = Post(latest.price, latest.postedAt);
        uint256 left = Math.min(latest.posts, EARLIER_POSTS);
        uint256 index = latest.posts;
        while (true) {
            uint256 move = uint256(seen.price) * latest.maximumMove / Bounds.BASIS_POINTS;
            minimum = Math.max(minimum, seen.price - move);
            maximum = Math.min(maximum, seen.price + move);
            if (left == 0 || seen.postedAt + WINDOW <= time) return (minimum, maximum);
            --left;
            seen = _earlier[--index % EARLIER_POSTS];
        }
    }

    /// @dev The first second that is stale and not yet written down; in the future, if it is not stale.
    function _staleFrom(Latest memory latest) private view returns (uint40) {
        return uint40(Math.max(latest.postedAt + latest.maximumAge + 1, _outages.lastEnd()));
    }

    function _isStale(Latest memory latest, uint40 time) private pure returns (bool) {
        return time > latest.postedAt + latest.maximumAge;
    }

    function _requireInterval(Latest memory latest, uint40 time) private pure {
        if (time < latest.postedAt + MINIMUM_INTERVAL) revert PostedTooSoon(latest.postedAt, MINIMUM_INTERVAL);
    }

    function _requireInBand(uint256 price, uint256 minimum, uint256 maximum) private pure {
        if (price < minimum || price > maximum) revert PriceOutsideBand(price, minimum, maximum);
    }

    function _requireWithin(uint256 value, uint256 minimum, uint256 maximum) private pure {
        if (value < minimum || value > maximum) revert ParameterOutOfBounds(value, minimum, maximum);
    }
}
