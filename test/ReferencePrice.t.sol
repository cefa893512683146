// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IReferencePrice} from "../contracts/interfaces/IReferencePrice.sol";
import {ReferencePrice} from "../contracts/ReferencePrice.sol";
import {BaseTest} from "./BaseTest.sol";

contract ReferencePriceTest is BaseTest {
    uint40 private constant INTERVAL = 1 hours;
    uint40 private constant WINDOW = 24 hours;
    uint256 private constant LOWEST = 10_000;
    uint256 private constant MOVE = PRICE * MAXIMUM_MOVE / BASIS_POINTS;

    function test_Constructor_WhenParametersAreFine() public {
        vm.expectEmit();
        emit IReferencePrice.PricePosted(PRICE, uint40(block.timestamp));
        vm.expectEmit();
        emit IReferencePrice.BandChanged(BAND_MINIMUM, BAND_MAXIMUM);
        vm.expectEmit();
        emit IReferencePrice.MaximumMoveChanged(MAXIMUM_MOVE);
        vm.expectEmit();
        emit IReferencePrice.MaximumAgeChanged(MAXIMUM_AGE);
        ReferencePrice fresh = _newPrice(PRICE, BAND_MINIMUM, BAND_MAXIMUM, MAXIMUM_MOVE, MAXIMUM_AGE);

        _assertLatest(fresh, PRICE, uint40(block.timestamp));
        assertEq(fresh.currentPrice(), PRICE, "current price");
        (uint256 minimum, uint256 maximum) = fresh.band();
        assertEq(minimum, BAND_MINIMUM, "band's minimum");
        assertEq(maximum, BAND_MAXIMUM, "band's maximum");
        assertEq(fresh.maximumMove(), MAXIMUM_MOVE, "largest move");
        assertEq(fresh.maximumAge(), MAXIMUM_AGE, "maximum age");
    }

    function test_Constructor_RevertWhen_FirstPriceIsOutsideTheBand() public {
        _expectOutsideBand(BAND_MINIMUM - 1, BAND_MINIMUM, BAND_MAXIMUM);
        _newPrice(BAND_MINIMUM - 1, BAND_MINIMUM, BAND_MAXIMUM, MAXIMUM_MOVE, MAXIMUM_AGE);
    }

    function test_Constructor_RevertWhen_AParameterIsOutOfBounds() public {
        _expectOutOfBounds(5001, 1, 5000);
        _newPrice(PRICE, BAND_MINIMUM, BAND_MAXIMUM, 5001, MAXIMUM_AGE);
        _expectOutOfBounds(7 days + 1, 1 hours, 7 days);
        _newPrice(PRICE, BAND_MINIMUM, BAND_MAXIMUM, MAXIMUM_MOVE, 7 days + 1);
        _expectOutOfBounds(LOWEST - 1, LOWEST, BAND_MAXIMUM);
        _newPrice(PRICE, LOWEST - 1, BAND_MAXIMUM, MAXIMUM_MOVE, MAXIMUM_AGE);
    }

    function test_Post_WhenPriceIsFine() public {
        skip(INTERVAL);
        vm.expectEmit(address(referencePrice));
        emit IReferencePrice.PricePosted(PRICE + 1, uint40(block.timestamp));
        _post(PRICE + 1);

        _assertLatest(referencePrice, PRICE + 1, uint40(block.timestamp));
        assertEq(referencePrice.currentPrice(), PRICE + 1, "current price");
    }

    function test_Post_RevertWhen_CallerIsNotThePoster() public {
        skip(INTERVAL);
        assertOnlyRole(address(referencePrice), abi.encodeCall(IReferencePrice.post, (PRICE)), poster);
    }

    function test_Post_RevertWhen_PriceIsOutsideTheBand() public {
        (uint256 minimum, uint256 maximum) = (PRICE - 2, PRICE + 2);
        configure(address(referencePrice), abi.encodeCall(IReferencePrice.setBand, (minimum, maximum)));
        skip(INTERVAL);
        _expectOutsideBand(minimum - 1, minimum, maximum);
        _post(minimum - 1);
        _expectOutsideBand(maximum + 1, minimum, maximum);
        _post(maximum + 1);

        _post(maximum);
        skip(INTERVAL);
        _post(minimum);
        _assertLatest(referencePrice, minimum, uint40(block.timestamp));
    }

    function test_Post_RevertGiven_LessThanTheIntervalPassed() public {
        uint40 postedAt = uint40(block.timestamp);
        skip(INTERVAL - 1);
        _expectTooSoon(postedAt);
        _post(PRICE);
    }

    function test_Post_GivenExactlyTheIntervalPassed() public {
        skip(INTERVAL);
        _post(PRICE);
        _assertLatest(referencePrice, PRICE, uint40(block.timestamp));
    }

    function test_Post_WhenMoveIsExactlyTheLargest() public {
        uint256 up = PRICE + MOVE;
        skip(INTERVAL);
        _post(up);
        _assertLatest(referencePrice, up, uint40(block.timestamp));

        skip(WINDOW);
        uint256 down = up - up * MAXIMUM_MOVE / BASIS_POINTS;
        _post(down);
        _assertLatest(referencePrice, down, uint40(block.timestamp));
    }

    function test_Post_RevertWhen_MoveIsLargerThanTheLargest() public {
        skip(INTERVAL);
        _expectMovedTooFar(PRICE + MOVE + 1, PRICE - MOVE, PRICE + MOVE);
        _post(PRICE + MOVE + 1);
        _expectMovedTooFar(PRICE - MOVE - 1, PRICE - MOVE, PRICE + MOVE);
        _post(PRICE - MOVE - 1);
    }

    function test_Post_RevertWhen_SmallMovesAddUp() public {
        // Hourly steps of a fifth of the largest move: the sixth would be beyond the first price's bound.
        uint256 step = MOVE / 5;
        uint256 price = PRICE;
        for (uint256 i; i < 5; ++i) {
            skip(INTERVAL);
            price += step;
            _post(price);
        }
        skip(INTERVAL);
        _expectMovedTooFar(price + step, price - price * MAXIMUM_MOVE / BASIS_POINTS, PRICE + MOVE);
        _post(price + step);
    }

    function test_Post_RevertGiven_EarlierPriceWasInForceASecondLessThanADayAgo() public {
        (uint256 far, uint40 endedAt) = _leavePriceBehind();
        vm.warp(endedAt + WINDOW - 1);
        _expectMovedTooFar(far, (far - 1) * (BASIS_POINTS - MAXIMUM_MOVE) / BASIS_POINTS, far - 1);
        _post(far);
    }

    function test_Post_GivenEarlierPriceCeasedADayAgo() public {
        (uint256 far, uint40 endedAt) = _leavePriceBehind();
        vm.warp(endedAt + WINDOW);
        _post(far);
        _assertLatest(referencePrice, far, uint40(block.timestamp));
    }

    function test_Post_RevertGiven_LastPriceIsStaleAndFar() public {
        skip(365 days);
        uint256 far = PRICE + MOVE + 1;
        _expectMovedTooFar(far, PRICE - MOVE, PRICE + MOVE);
        _post(far);
        _post(far - 1);
        assertEq(referencePrice.currentPrice(), far - 1, "current price");
    }

    /// @dev The contract looks back through a ring of 24; the reference keeps everything and asks the definition.
    function testFuzz_Post_AgreesWithANaiveReference(uint256 seed) public {
        uint256[] memory prices = new uint256[](81);
        uint256[] memory times = new uint256[](81);
        (prices[0], times[0]) = (PRICE, block.timestamp);
        uint256 posts = 1;
        for (uint256 i; i < 80; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            // Mostly hourly to the second, so that the ring is full; at times a pause, or too soon.
            if (seed % 16 == 0) skip((seed >> 8) % 30 hours);
            else skip(INTERVAL + (seed % 4 == 1 ? (seed >> 8) % (INTERVAL / 6) : 0));
            uint256 last = prices[posts - 1];
            uint256 price = last * (9700 + (seed >> 64) % 601) / BASIS_POINTS;

            if (seed % 8 < 2) _assertAllowedRange(prices, times, posts);
            bool expected = _isAllowed(prices, times, posts, price);
            vm.prank(poster);
            (bool success,) = address(referencePrice).call(abi.encodeCall(IReferencePrice.post, (price)));
            assertEq(success, expected, "accepted");
            if (success) (prices[posts], times[posts]) = (price, block.timestamp);
            if (success) ++posts;
            _assertLatest(referencePrice, prices[posts - 1], uint40(times[posts - 1]));
        }
    }

    function test_AllowedRange_RevertGiven_LessThanTheIntervalPassed() public {
        uint40 postedAt = uint40(block.timestamp);
        skip(INTERVAL - 1);
        _expectTooSoon(postedAt);
        referencePrice.allowedRange();
        skip(1);
        _assertRange(PRICE - MOVE, PRICE + MOVE);
    }

    function test_AllowedRange_GivenTheBandIsNearer() public {
        _setBand(PRICE - 1, PRICE + 1);
        skip(INTERVAL);
        _assertRange(PRICE - 1, PRICE + 1);
        _setBand(PRICE, PRICE);
        _assertRange(PRICE, PRICE);
        _post(PRICE);
    }

    /// @dev Moves are rounded down, so that no price that is posted lies a part of a wei beyond them.
    function test_AllowedRange_RoundsTowardsThePrice() public {
        uint256 price = LOWEST + 9;
        ReferencePrice fresh = _newPrice(price, LOWEST, BAND_MAXIMUM, 1000, MAXIMUM_AGE);
        skip(INTERVAL);
        (uint256 minimum, uint256 maximum) = fresh.allowedRange();
        assertEq(minimum, LOWEST, "lowest price: the band's");
        assertEq(maximum, price + 1000, "highest price: a tenth is 1000.9");
    }

    /// @dev Whatever posters and the configurer do: the price in force lies in the band, and an hour after the last post
    /// it is one of those that may be posted.
    function testFuzz_AllowedRange_HasThePriceInForce(uint256 seed) public {
        for (uint256 i; i < 16; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            skip((seed >> 8) % 8 hours);
            (, uint40 postedAt) = referencePrice.latestPrice();
            if (block.timestamp >= postedAt + INTERVAL) {
                (uint256 minimum, uint256 maximum) = referencePrice.allowedRange();
                _post(bound(seed >> 32, minimum, maximum));
            }
            if (seed % 5 == 0) {
                uint256 low = bound(seed >> 64, PRICE / 2, 2 * PRICE);
                _setBand(low, bound(seed >> 96, low, 3 * PRICE));
            } else if (seed % 5 == 1) {
                uint16 move = uint16(bound(seed >> 64, 1, 5000));
                configure(address(referencePrice), abi.encodeCall(IReferencePrice.setMaximumMove, (move)));
            }
            _assertPriceMayBePostedAgain();
        }
    }

    function test_CurrentPrice_GivenExactlyTheMaximumAge() public {
        skip(MAXIMUM_AGE);
        assertEq(referencePrice.currentPrice(), PRICE, "current price");
    }

    function test_CurrentPrice_RevertGiven_ASecondOlder() public {
        uint40 postedAt = uint40(block.timestamp);
        skip(uint256(MAXIMUM_AGE) + 1);
        vm.expectRevert(abi.encodeWithSelector(IReferencePrice.PriceStale.selector, postedAt, MAXIMUM_AGE));
        referencePrice.currentPrice();
        _assertLatest(referencePrice, PRICE, postedAt);
    }

    function test_SetBand_RevertWhen_CallerIsNotTheConfigurer() public {
        assertOnlyConfigurer(
            address(referencePrice), abi.encodeCall(IReferencePrice.setBand, (BAND_MINIMUM, BAND_MAXIMUM))
        );
    }

    function test_SetBand_RevertWhen_BandIsNone() public {
        _expectConfigureRevert(
            abi.encodeCall(IReferencePrice.setBand, (LOWEST - 1, PRICE)),
            abi.encodeWithSelector(IReferencePrice.ParameterOutOfBounds.selector, LOWEST - 1, LOWEST, PRICE)
        );
        _expectConfigureRevert(
            abi.encodeCall(IReferencePrice.setBand, (PRICE + 1, PRICE)),
            abi.encodeWithSelector(IReferencePrice.ParameterOutOfBounds.selector, PRICE + 1, LOWEST, PRICE)
        );
        uint256 huge = uint256(type(uint128).max) + 1;
        _expectConfigureRevert(
            abi.encodeCall(IReferencePrice.setBand, (PRICE, huge)),
            abi.encodeWithSelector(IReferencePrice.ParameterOutOfBounds.selector, huge, LOWEST, type(uint128).max)
        );
    }

    function test_SetBand_WhenPriceInForceIsBelow() public {
        _setBandAndAssert(PRICE + 1, PRICE + 2, PRICE + 1);
        assertEq(referencePrice.currentPrice(), PRICE + 1, "current price");
    }

    function test_SetBand_WhenPriceInForceIsAbove() public {
        _setBandAndAssert(LOWEST, PRICE - 1, PRICE - 1);
        assertEq(referencePrice.currentPrice(), PRICE - 1, "current price");
    }

    /// @dev What the poster does in the last moment decides which edge it is, and nothing else.
    function test_SetBand_GivenThePosterWouldHaveItFail() public {
        (uint256 minimum, uint256 maximum) = (PRICE / 2, PRICE);
        bytes memory data = abi.encodeCall(IReferencePrice.setBand, (minimum, maximum));
        skip(INTERVAL);
        scheduleInTime(address(referencePrice), data);
        _post(PRICE + MOVE);
        carryOut(address(referencePrice), data);
        _assertLatest(referencePrice, PRICE, uint40(block.timestamp));
        _assertBand(minimum, maximum);

        skip(INTERVAL);
        vm.expectRevert(
            abi.encodeWithSelector(IReferencePrice.PriceOutsideBand.selector, PRICE + MOVE, minimum, maximum)
        );
        _post(PRICE + MOVE);
    }

    /// @dev Beside prices of before the move none could be posted: they are as far as the band has moved.
    function test_SetBand_WhenItMovesThePrice_CountsMovesAnew() public {
        skip(INTERVAL);
        _post(PRICE + MOVE);
        (uint256 edge, uint256 move) = (10 * PRICE, MOVE * 10);
        _setBandAndAssert(edge, 2 * edge, edge);
        _expectTooSoon(uint40(block.timestamp));
        referencePrice.allowedRange();

        skip(INTERVAL);
        _assertRange(edge, edge + move);
        _expectMovedTooFar(edge + move + 1, edge, edge + move);
        _post(edge + move + 1);
        _post(edge + move);
        skip(INTERVAL);
        _assertRange(edge, edge + move);
    }

    function test_SetBand_GivenPriceIsStale() public {
        uint40 postedAt = uint40(block.timestamp);
        skip(uint256(MAXIMUM_AGE) + 1);
        _setBandAndAssert(2 * PRICE, 3 * PRICE, 2 * PRICE);
        vm.expectRevert(abi.encodeWithSelector(IReferencePrice.PriceStale.selector, postedAt, MAXIMUM_AGE));
        referencePrice.currentPrice();
        _post(2 * PRICE);
        assertEq(referencePrice.currentPrice(), 2 * PRICE, "current price after a post");
    }

    function test_SetBand_WhenPriceInForceIsOnAnEdge() public {
        skip(INTERVAL);
        _post(PRICE + MOVE);
        skip(INTERVAL);
        bytes memory data = abi.encodeCall(IReferencePrice.setBand, (PRICE, PRICE + MOVE));
        scheduleInTime(address(referencePrice), data);
        vm.expectEmit(address(referencePrice));
        emit IReferencePrice.BandChanged(PRICE, PRICE + MOVE);
        vm.recordLogs();
        carryOut(address(referencePrice), data);

        assertEq(vm.getRecordedLogs().length, 2, "the band's event and that of the execution");
        _assertBand(PRICE, PRICE + MOVE);
        _assertLatest(referencePrice, PRICE + MOVE, uint40(block.timestamp - INTERVAL));
        // Moves still count from the price before.
        _setBand(BAND_MINIMUM, BAND_MAXIMUM);
        _assertRange((PRICE + MOVE) * (BASIS_POINTS - MAXIMUM_MOVE) / BASIS_POINTS, PRICE + MOVE);
    }

    function test_SetMaximumMove_RevertWhen_CallerIsNotTheConfigurer() public {
        assertOnlyConfigurer(address(referencePrice), abi.encodeCall(IReferencePrice.setMaximumMove, (1)));
    }

    function test_SetMaximumMove_RevertWhen_OutOfBounds() public {
        _expectConfigureRevert(
            abi.encodeCall(IReferencePrice.setMaximumMove, (0)),
            abi.encodeWithSelector(IReferencePrice.ParameterOutOfBounds.selector, 0, 1, 5000)
        );
        _expectConfigureRevert(
            abi.encodeCall(IReferencePrice.setMaximumMove, (5001)),
            abi.encodeWithSelector(IReferencePrice.ParameterOutOfBounds.selector, 5001, 1, 5000)
        );
    }

    function test_SetMaximumMove_WhenWithinBounds() public {
        skip(INTERVAL);
        bytes memory data = abi.encodeCall(IReferencePrice.setMaximumMove, (5000));
        scheduleInTime(address(referencePrice), data);
        vm.expectEmit(address(referencePrice));
        emit IReferencePrice.MaximumMoveChanged(5000);
        carryOut(address(referencePrice), data);

        assertEq(referencePrice.maximumMove(), 5000, "largest move");
        _post(PRICE + PRICE / 2);
        _assertLatest(referencePrice, PRICE + PRICE / 2, uint40(block.timestamp));
    }

    /// @dev By the larger move the price came further than the smaller allows: measured by the price before, nothing
    /// could be posted for a day.
    function test_SetMaximumMove_WhenItFalls_CountsMovesAnew() public {
        skip(INTERVAL);
        _post(PRICE + MOVE);
        configure(address(referencePrice), abi.encodeCall(IReferencePrice.setMaximumMove, (1)));
        skip(INTERVAL);
        uint256 step = (PRICE + MOVE) / BASIS_POINTS;
        _assertRange(PRICE + MOVE - step, PRICE + MOVE + step);
        _expectMovedTooFar(PRICE + MOVE + step + 1, PRICE + MOVE - step, PRICE + MOVE + step);
        _post(PRICE + MOVE + step + 1);
        _post(PRICE + MOVE + step);
    }

    function test_SetMaximumMove_WhenItRises_CountsMovesOn() public {
        skip(INTERVAL);
        _post(PRICE + MOVE);
        configure(address(referencePrice), abi.encodeCall(IReferencePrice.setMaximumMove, (2 * MAXIMUM_MOVE)));
        skip(INTERVAL);
        _assertRange((PRICE + MOVE) * (BASIS_POINTS - 2 * MAXIMUM_MOVE) / BASIS_POINTS, PRICE + 2 * MOVE);
    }

    function test_SetMaximumAge_RevertWhen_CallerIsNotTheConfigurer() public {
        assertOnlyConfigurer(address(referencePrice), abi.encodeCall(IReferencePrice.setMaximumAge, (1 days)));
    }

    function test_SetMaximumAge_RevertWhen_OutOfBounds() public {
        _expectConfigureRevert(
            abi.encodeCall(IReferencePrice.setMaximumAge, (1 hours - 1)),
            abi.encodeWithSelector(IReferencePrice.ParameterOutOfBounds.selector, 1 hours - 1, 1 hours, 7 days)
        );
        _expectConfigureRevert(
            abi.encodeCall(IReferencePrice.setMaximumAge, (7 days + 1)),
            abi.encodeWithSelector(IReferencePrice.ParameterOutOfBounds.selector, 7 days + 1, 1 hours, 7 days)
        );
    }

    function test_SetMaximumAge_WhenWithinBounds() public {
        (, uint40 postedAt) = referencePrice.latestPrice();
        skip(1 hours + 1);
        bytes memory data = abi.encodeCall(IReferencePrice.setMaximumAge, (1 hours));
        scheduleInTime(address(referencePrice), data);
        vm.expectEmit(address(referencePrice));
        emit IReferencePrice.MaximumAgeChanged(1 hours);
        carryOut(address(referencePrice), data);

        assertEq(referencePrice.maximumAge(), 1 hours, "maximum age");
        vm.expectRevert(abi.encodeWithSelector(IReferencePrice.PriceStale.selector, postedAt, 1 hours));
        referencePrice.currentPrice();
    }

    function _newPrice(uint256 price, uint256 minimum, uint256 maximum, uint16 move, uint40 age)
        private
        returns (ReferencePrice)
    {
        return new ReferencePrice(address(manager), price, minimum, maximum, move, age);
    }

    function _post(uint256 price) private {
        vm.prank(poster);
        referencePrice.post(price);
    }

    /// @dev A price that is allowed beside the one in force, but not beside the one before.
    function _leavePriceBehind() private returns (uint256 far, uint40 endedAt) {
        uint256 near = PRICE + MOVE;
        far = near + 1;
        skip(INTERVAL);
        endedAt = uint40(block.timestamp);
        _post(near);
    }

    /// @dev The definition: the move is small against every price in force at some second of the last 24 hours.
    function _isAllowed(uint256[] memory prices, uint256[] memory times, uint256 posts, uint256 price)
        private
        view
        returns (bool)
    {
        if (block.timestamp < times[posts - 1] + INTERVAL) return false;
        for (uint256 i; i < posts; ++i) {
            bool recent = i == posts - 1 || times[i + 1] > block.timestamp - WINDOW;
            uint256 move = price > prices[i] ? price - prices[i] : prices[i] - price;
            if (recent && move * BASIS_POINTS > prices[i] * MAXIMUM_MOVE) return false;
        }
        return price >= BAND_MINIMUM && price <= BAND_MAXIMUM;
    }

    function _assertLatest(ReferencePrice contract_, uint256 price, uint40 postedAt) private view {
        (uint256 latest, uint40 latestAt) = contract_.latestPrice();
        assertEq(latest, price, "latest price");
        assertEq(latestAt, postedAt, "posted at");
    }

    function _assertPriceMayBePostedAgain() private {
        (uint256 price, uint40 postedAt) = referencePrice.latestPrice();
        (uint256 lowest, uint256 highest) = referencePrice.band();
        assertTrue(price >= lowest && price <= highest, "price inside the band");
        uint256 time = block.timestamp;
        vm.warp(postedAt + INTERVAL > time ? postedAt + INTERVAL : time);
        (uint256 minimum, uint256 maximum) = referencePrice.allowedRange();
        assertTrue(price >= minimum && price <= maximum, "price inside the range");
        assertTrue(minimum >= lowest && maximum <= highest, "range inside the band");
        vm.warp(time);
    }

    /// @dev The range's ends may be posted, and what is beyond them may not.
    function _assertAllowedRange(uint256[] memory prices, uint256[] memory times, uint256 posts) private {
        if (block.timestamp < times[posts - 1] + INTERVAL) {
            _expectTooSoon(uint40(times[posts - 1]));
            referencePrice.allowedRange();
            return;
        }
        (uint256 minimum, uint256 maximum) = referencePrice.allowedRange();
        assertTrue(_isAllowed(prices, times, posts, minimum), "lowest price");
        assertFalse(_isAllowed(prices, times, posts, minimum - 1), "below the lowest price");
        assertTrue(_isAllowed(prices, times, posts, maximum), "highest price");
        assertFalse(_isAllowed(prices, times, posts, maximum + 1), "above the highest price");
    }

    function _assertRange(uint256 minimum, uint256 maximum) private view {
        (uint256 lowest, uint256 highest) = referencePrice.allowedRange();
        assertEq(lowest, minimum, "lowest price");
        assertEq(highest, maximum, "highest price");
    }

    function _assertBand(uint256 minimum, uint256 maximum) private view {
        (uint256 lowest, uint256 highest) = referencePrice.band();
        assertEq(lowest, minimum, "band's minimum");
        assertEq(highest, maximum, "band's maximum");
    }

    function _setBand(uint256 minimum, uint256 maximum) private {
        configure(address(referencePrice), abi.encodeCall(IReferencePrice.setBand, (minimum, maximum)));
    }

    /// @dev Moves the band at once, and expects the price to be moved to `price`.
    function _setBandAndAssert(uint256 minimum, uint256 maximum, uint256 price) private {
        (, uint40 postedAt) = referencePrice.latestPrice();
        bytes memory data = abi.encodeCall(IReferencePrice.setBand, (minimum, maximum));
        scheduleInTime(address(referencePrice), data);
        vm.expectEmit(address(referencePrice));
        emit IReferencePrice.BandChanged(minimum, maximum);
        vm.expectEmit(address(referencePrice));
        emit IReferencePrice.PricePosted(price, postedAt);
        carryOut(address(referencePrice), data);
        _assertBand(minimum, maximum);
        _assertLatest(referencePrice, price, postedAt);
    }

    function _expectTooSoon(uint40 postedAt) private {
        vm.expectRevert(abi.encodeWithSelector(IReferencePrice.PostedTooSoon.selector, postedAt, INTERVAL));
    }

    function _expectMovedTooFar(uint256 price, uint256 minimum, uint256 maximum) private {
        vm.expectRevert(abi.encodeWithSelector(IReferencePrice.PriceMovedTooFar.selector, price, minimum, maximum));
    }

    function _expectOutsideBand(uint256 price, uint256 minimum, uint256 maximum) private {
        vm.expectRevert(abi.encodeWithSelector(IReferencePrice.PriceOutsideBand.selector, price, minimum, maximum));
    }

    function _expectOutOfBounds(uint256 value, uint256 minimum, uint256 maximum) private {
        vm.expectRevert(abi.encodeWithSelector(IReferencePrice.ParameterOutOfBounds.selector, value, minimum, maximum));
    }

    function _expectConfigureRevert(bytes memory data, bytes memory reason) private {
        expectConfigureRevert(address(referencePrice), data, reason);
    }
}
