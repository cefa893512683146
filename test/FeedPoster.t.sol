// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {FeedPoster} from "../contracts/FeedPoster.sol";
import {IFeedPoster} from "../contracts/interfaces/IFeedPoster.sol";
import {IReferencePrice} from "../contracts/interfaces/IReferencePrice.sol";
import {Roles} from "../scripts/lib/Roles.sol";
import {BaseTest} from "./BaseTest.sol";
import {MockAggregator} from "./mocks/MockAggregator.sol";

contract FeedPosterTest is BaseTest {
    uint40 private constant INTERVAL = 1 hours;
    uint40 private constant FEED_AGE = 6 hours;
    uint8 private constant DECIMALS = 8;
    // 0.4 units of reference currency per BTSc: 2.5 BTSc per unit, as `PRICE`.
    int256 private constant ANSWER = 0.4e8;
    uint256 private constant MOVE = PRICE * MAXIMUM_MOVE / BASIS_POINTS;

    MockAggregator private _feed;
    FeedPoster private _feedPoster;

    function setUp() public override {
        super.setUp();
        _feed = new MockAggregator(DECIMALS);
        _feedPoster = _newPoster(FEED_AGE);
        vm.prank(address(timelock));
        manager.grantRole(Roles.POSTER, address(_feedPoster), 0);
        skip(INTERVAL);
    }

    function test_Constructor_WhenParametersAreFine() public {
        assertEq(address(_feedPoster.feed()), address(_feed), "feed");
        assertEq(address(_feedPoster.referencePrice()), address(referencePrice), "reference price");
        assertEq(_feedPoster.maximumFeedAge(), FEED_AGE, "maximum age of the feed");
        assertEq(_newPoster(1 minutes).maximumFeedAge(), 1 minutes, "lowest age");
        assertEq(_newPoster(2 days).maximumFeedAge(), 2 days, "highest age");
    }

    function test_Constructor_RevertWhen_AgeIsOutOfBounds() public {
        _expectOutOfBounds(1 minutes - 1, 1 minutes, 2 days);
        _newPoster(1 minutes - 1);
        _expectOutOfBounds(2 days + 1, 1 minutes, 2 days);
        _newPoster(2 days + 1);
    }

    function test_Constructor_RevertWhen_FeedHasTooManyDecimals() public {
        _feed.startPhase(36);
        _newPoster(FEED_AGE);
        _feed.startPhase(37);
        _expectOutOfBounds(37, 0, 36);
        _newPoster(FEED_AGE);
    }

    function test_Post_WhenPriceIsAllowed() public {
        // 3 digits more than the feed has: 2.43902439024390243902..., rounded up.
        uint80 roundId = _feed.answer(0.41e8);
        uint256 expected = 2_439_024_390_243_902_440;
        _assertQuote(expected, expected);
        vm.expectEmit(address(_feedPoster));
        emit IFeedPoster.FeedPricePosted(roundId, 0.41e8, expected, expected);
        vm.expectEmit(address(referencePrice));
        emit IReferencePrice.PricePosted(expected, uint40(block.timestamp));
        vm.prank(stranger);
        assertEq(_feedPoster.post(), expected, "returned");
        _assertPosted(expected);
    }

    function test_Post_RevertGiven_ItIsNotAPoster() public {
        FeedPoster other = _newPoster(FEED_AGE);
        _feed.answer(ANSWER);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(other)));
        other.post();

        vm.prank(address(timelock));
        manager.revokeRole(Roles.POSTER, address(_feedPoster));
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(_feedPoster)));
        _feedPoster.post();
    }

    function test_Post_RevertGiven_FeedNeverAnswered() public {
        _expectRevert("No data present");
    }

    function test_Post_RevertGiven_RoundHasNoAnswerYet() public {
        _feed.setRound(7, MockAggregator.Round(ANSWER, block.timestamp, 0, 7));
        _expectRevert(abi.encodeWithSelector(IFeedPoster.FeedRoundIncomplete.selector, 7, 7));
    }

    function test_Post_RevertGiven_AnswerIsThatOfAnEarlierRound() public {
        _feed.setRound(7, MockAggregator.Round(ANSWER, block.timestamp, block.timestamp, 6));
        _expectRevert(abi.encodeWithSelector(IFeedPoster.FeedRoundIncomplete.selector, 7, 6));
    }

    function test_Post_RevertGiven_RoundIsFromTheFuture() public {
        _feed.setRound(7, MockAggregator.Round(ANSWER, block.timestamp, block.timestamp + 1, 7));
        _expectRevert(abi.encodeWithSelector(IFeedPoster.FeedRoundInFuture.selector, block.timestamp + 1));
        skip(1);
        _feedPoster.post();
        _assertPosted(PRICE);
    }

    function test_Post_RevertGiven_RoundIsASecondTooOld() public {
        _feed.answer(ANSWER);
        uint256 updatedAt = block.timestamp;
        skip(uint256(FEED_AGE) + 1);
        _expectRevert(abi.encodeWithSelector(IFeedPoster.FeedRoundStale.selector, updatedAt, FEED_AGE));
    }

    function test_Post_GivenRoundIsExactlyAsOldAsTheMaximum() public {
        _feed.answer(ANSWER);
        skip(FEED_AGE);
        _feedPoster.post();
        _assertPosted(PRICE);
    }

    function test_Post_RevertGiven_AnswerIsNotPositive() public {
        int256[3] memory answers = [int256(0), -1, type(int256).min];
        for (uint256 i; i < answers.length; ++i) {
            _feed.answer(answers[i]);
            _expectRevert(abi.encodeWithSelector(IFeedPoster.FeedAnswerNotPositive.selector, answers[i]));
        }
    }

    function test_Post_GivenAnotherAggregatorTookOver() public {
        _feed.answer(ANSWER);
        _feed.startPhase(18);
        _expectRevert("No data present");
        _feed.answer(0.4e18);
        _feedPoster.post();
        _assertPosted(PRICE);

        skip(INTERVAL);
        _feed.startPhase(37);
        _feed.answer(0.4e37);
        _expectRevert(abi.encodeWithSelector(IFeedPoster.ParameterOutOfBounds.selector, 37, 0, 36));
    }

    function test_Post_RevertGiven_LessThanTheIntervalPassed() public {
        _feed.answer(ANSWER);
        uint40 postedAt = uint40(block.timestamp);
        vm.prank(poster);
        referencePrice.post(PRICE);
        skip(INTERVAL - 1);
        _expectRevert(abi.encodeWithSelector(IReferencePrice.PostedTooSoon.selector, postedAt, INTERVAL));
        skip(1);
        _feedPoster.post();
        _assertPosted(PRICE);
    }

    /// @dev BTSc falls to a half: the price in BTSc doubles, a tenth a day.
    function test_Post_WhenPriceIsBeyondTheLargestMove() public {
        uint256 target = 2 * PRICE;
        uint256 expected = PRICE;
        uint256 posts;
        while (expected < target) {
            uint80 roundId = _feed.answer(ANSWER / 2);
            expected = expected + expected * MAXIMUM_MOVE / BASIS_POINTS;
            if (expected > target) expected = target;
            _assertQuote(target, expected);
            vm.expectEmit(address(_feedPoster));
            emit IFeedPoster.FeedPricePosted(roundId, ANSWER / 2, target, expected);
            assertEq(_feedPoster.post(), expected, "returned");
            _assertPosted(expected);
            skip(1 days);
            ++posts;
        }
        assertEq(posts, 8, "days: 1.1 ** 8 > 2 > 1.1 ** 7");
    }

    function test_Post_WhenPriceIsBeyondTheLargestMoveDown() public {
        _feed.answer(type(int256).max);
        assertEq(_feedPoster.post(), PRICE - MOVE, "returned");
        _assertPosted(PRICE - MOVE);
    }

    function test_Post_WhenPriceIsOutsideTheBand() public {
        configure(address(referencePrice), abi.encodeCall(IReferencePrice.setBand, (PRICE - 1, PRICE + 1)));
        _feed.answer(ANSWER + 1);
        assertEq(_feedPoster.post(), PRICE - 1, "returned");
        _assertPosted(PRICE - 1);
        skip(INTERVAL);
        _feed.answer(ANSWER - 1);
        assertEq(_feedPoster.post(), PRICE + 1, "returned then");
        _assertPosted(PRICE + 1);
    }

    function test_Post_GivenPriceIsStale() public {
        (, uint40 postedAt) = referencePrice.latestPrice();
        skip(MAXIMUM_AGE);
        vm.expectRevert(abi.encodeWithSelector(IReferencePrice.PriceStale.selector, postedAt, MAXIMUM_AGE));
        referencePrice.currentPrice();
        _feed.answer(ANSWER);
        _feedPoster.post();
        _assertPosted(PRICE);
        assertEq(referencePrice.currentPrice(), PRICE, "current price");
    }

    /// @dev A price p is enough for one unit when p / 1e18 BTSc, at the feed's rate, are worth a unit: no product here
    /// exceeds 256 bits, so this is exact.
    function testFuzz_QuotePrice_IsTheLeastThatIsEnough(uint256 answer, uint8 decimals) public {
        decimals = uint8(bound(decimals, 0, 36));
        answer = _anySize(answer);
        _feed.startPhase(decimals);
        _feed.answer(int256(answer));
        (uint256 feedPrice, uint256 price) = _feedPoster.quotePrice();

        uint256 unit = 10 ** (18 + uint256(decimals));
        assertGe(feedPrice * answer, unit, "worth a unit");
        assertLt((feedPrice - 1) * answer, unit, "a wei less is not");
        assertTrue(price >= PRICE - MOVE && price <= PRICE + MOVE, "price to post");
    }

    /// @dev Long division as on paper, in decimal digits kept apart: no big number, no library.
    function testFuzz_QuotePrice_AgreesWithLongDivision(uint256 answer, uint8 decimals) public {
        decimals = uint8(bound(decimals, 0, 36));
        // So small that ten times it fits.
        answer = _anySize(answer) % (type(uint256).max / 16) + 1;
        _feed.startPhase(decimals);
        _feed.answer(int256(answer));
        (uint256 feedPrice,) = _feedPoster.quotePrice();

        // The dividend's digits: a one, and 18 + decimals zeros.
        uint256 quotient;
        uint256 remainder = 1;
        for (uint256 digit; digit < 18 + uint256(decimals); ++digit) {
            quotient = quotient * 10 + remainder / answer * 10;
            remainder = remainder % answer * 10;
        }
        quotient += remainder / answer;
        if (remainder % answer != 0) ++quotient;
        assertEq(feedPrice, quotient, "price");
    }

    /// @dev What a member pays is worth the fee at the feed's rate, at least.
    function testFuzz_Post_ChargesTheFeesWorth(uint256 answer) public {
        // Within what the largest move allows: 10 of 11 and 10 of 9.
        answer = bound(answer, uint256(ANSWER) * 10 / 11 + 1, uint256(ANSWER) * 10 / 9);
        _feed.answer(int256(answer));
        _feedPoster.post();
        uint256 amount = pay(alice.addr, alice.addr, NORMAL, 1);
        assertGe(amount * answer, NORMAL_FEE * 10 ** DECIMALS, "worth of the payment");
        assertLe((amount - 1) * answer, NORMAL_FEE * (10 ** DECIMALS + 1), "worth of a wei less");
    }

    /// @dev As many leading zeros as chance has it, so that small answers come up too.
    function _anySize(uint256 seed) private pure returns (uint256) {
        uint256 answer = uint256(keccak256(abi.encode(seed))) >> (1 + seed % 255);
        return answer == 0 ? 1 : answer;
    }

    function _newPoster(uint40 age) private returns (FeedPoster) {
        return new FeedPoster(_feed, referencePrice, age);
    }

    function _assertPosted(uint256 price) private view {
        (uint256 latest, uint40 postedAt) = referencePrice.latestPrice();
        assertEq(latest, price, "price in force");
        assertEq(postedAt, block.timestamp, "posted at");
    }

    function _assertQuote(uint256 feedPrice, uint256 price) private view {
        (uint256 fromFeed, uint256 toPost) = _feedPoster.quotePrice();
        assertEq(fromFeed, feedPrice, "feed's price");
        assertEq(toPost, price, "price to post");
    }

    /// @dev Both ways, and nothing is posted.
    function _expectRevert(bytes memory reason) private {
        (uint256 price, uint40 postedAt) = referencePrice.latestPrice();
        vm.expectRevert(reason);
        _feedPoster.post();
        vm.expectRevert(reason);
        _feedPoster.quotePrice();
        (uint256 priceAfter, uint40 postedAtAfter) = referencePrice.latestPrice();
        assertEq(priceAfter, price, "price in force");
        assertEq(postedAtAfter, postedAt, "posted at");
    }

    function _expectOutOfBounds(uint256 value, uint256 minimum, uint256 maximum) private {
        vm.expectRevert(abi.encodeWithSelector(IFeedPoster.ParameterOutOfBounds.selector, value, minimum, maximum));
    }
}
