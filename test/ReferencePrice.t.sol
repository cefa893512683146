// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IReferencePrice} from "../contracts/interfaces/IReferencePrice.sol";
import {ReferencePrice} from "../contracts/ReferencePrice.sol";
import {BaseTest} from "./BaseTest.sol";

contract ReferencePriceTest is BaseTest {
    uint40 private constant INTERVAL = 1 hours;
    uint40 private constant WINDOW = 24 hours;

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
        _expectOutOfBounds(0, 1, BAND_MAXIMUM);
        _newPrice(PRICE, 0, BAND_MAXIMUM, MAXIMUM_MOVE, MAXIMUM_AGE);
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
        vm.expectRevert(abi.encodeWithSelector(IReferencePrice.PostedTooSoon.selector, postedAt, INTERVAL));
        _post(PRICE);
    }

    function test_Post_GivenExactlyTheIntervalPassed() public {
        skip(INTERVAL);
        _post(PRICE);
        _assertLatest(referencePrice, PRICE, uint40(block.timestamp));
    }

    function test_Post_WhenMoveIsExactlyTheLargest() public {
        uint256 up = PRICE + PRICE * MAXIMUM_MOVE / BASIS_POINTS;
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
        uint256 move = PRICE * MAXIMUM_MOVE / BASIS_POINTS + 1;
        _expectMovedTooFar(PRICE + move, PRICE);
        _post(PRICE + move);
        _expectMovedTooFar(PRICE - move, PRICE);
        _post(PRICE - move);
    }

    function test_Post_RevertWhen_SmallMovesAddUp() public {
        // Hourly steps of a fifth of the largest move: the sixth would be beyond the first price's bound.
        uint256 step = PRICE * MAXIMUM_MOVE / BASIS_POINTS / 5;
        uint256 price = PRICE;
        for (uint256 i; i < 5; ++i) {
            skip(INTERVAL);
            price += step;
            _post(price);
        }
        skip(INTERVAL);
        _expectMovedTooFar(price + step, PRICE);
        _post(price + step);
    }

    function test_Post_RevertGiven_EarlierPriceWasInForceASecondLessThanADayAgo() public {
        (uint256 far, uint40 endedAt) = _leavePriceBehind();
        vm.warp(endedAt + WINDOW - 1);
        _expectMovedTooFar(far, PRICE);
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
        uint256 far = PRICE + PRICE * MAXIMUM_MOVE / BASIS_POINTS + 1;
        _expectMovedTooFar(far, PRICE);
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

            bool expected = _isAllowed(prices, times, posts, price);
            vm.prank(poster);
            (bool success,) = address(referencePrice).call(abi.encodeCall(IReferencePrice.post, (price)));
            assertEq(success, expected, "accepted");
            if (success) (prices[posts], times[posts]) = (price, block.timestamp);
            if (success) ++posts;
            _assertLatest(referencePrice, prices[posts - 1], uint40(times[posts - 1]));
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
            abi.encodeCall(IReferencePrice.setBand, (0, PRICE)),
            abi.encodeWithSelector(IReferencePrice.ParameterOutOfBounds.selector, 0, 1, PRICE)
        );
        _expectConfigureRevert(
            abi.encodeCall(IReferencePrice.setBand, (PRICE + 1, PRICE)),
            abi.encodeWithSelector(IReferencePrice.ParameterOutOfBounds.selector, PRICE + 1, 1, PRICE)
        );
        uint256 huge = uint256(type(uint128).max) + 1;
        _expectConfigureRevert(
            abi.encodeCall(IReferencePrice.setBand, (PRICE, huge)),
            abi.encodeWithSelector(IReferencePrice.ParameterOutOfBounds.selector, huge, 1, type(uint128).max)
        );
    }

    function test_SetBand_RevertWhen_PriceInForceIsOutside() public {
        _expectConfigureRevert(
            abi.encodeCall(IReferencePrice.setBand, (PRICE + 1, PRICE + 2)),
            abi.encodeWithSelector(IReferencePrice.PriceOutsideBand.selector, PRICE, PRICE + 1, PRICE + 2)
        );
        _expectConfigureRevert(
            abi.encodeCall(IReferencePrice.setBand, (1, PRICE - 1)),
            abi.encodeWithSelector(IReferencePrice.PriceOutsideBand.selector, PRICE, 1, PRICE - 1)
        );
    }

    function test_SetBand_WhenPriceInForceIsOnAnEdge() public {
        bytes memory data = abi.encodeCall(IReferencePrice.setBand, (PRICE, PRICE));
        scheduleInTime(address(referencePrice), data);
        vm.expectEmit(address(referencePrice));
        emit IReferencePrice.BandChanged(PRICE, PRICE);
        carryOut(address(referencePrice), data);

        (uint256 minimum, uint256 maximum) = referencePrice.band();
        assertEq(minimum, PRICE, "band's minimum");
        assertEq(maximum, PRICE, "band's maximum");
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
        uint256 near = PRICE + PRICE * MAXIMUM_MOVE / BASIS_POINTS;
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

    function _expectMovedTooFar(uint256 price, uint256 earlier) private {
        vm.expectRevert(abi.encodeWithSelector(IReferencePrice.PriceMovedTooFar.selector, price, earlier, MAXIMUM_MOVE));
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
