// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IReferencePrice} from "../contracts/interfaces/IReferencePrice.sol";
import {BaseTest} from "./BaseTest.sol";

contract ReferencePriceOutageTest is BaseTest {
    // The first second that this price is stale, by the age and by a higher one.
    uint40 private constant STALE = START + MAXIMUM_AGE + 1;
    uint40 private constant HIGHER_AGE = 2 * MAXIMUM_AGE;
    uint40 private constant LATER = START + HIGHER_AGE + 1;

    // What a keeper of a diary would know: the seconds in which the price was stale.
    uint40[] private _starts;
    uint40[] private _ends;

    function test_OutageAfter_GivenPriceWasNeverStale() public {
        assertEq(_outageAt(STALE - 1, START), 0, "at the maximum age");
        assertEq(_outageAt(STALE, START), 0, "in the first stale second, before it is over");
        vm.warp(STALE - 1);
        _post();
        assertEq(_outageAt(STALE, START), 0, "after a post in time");
    }

    function test_OutageAfter_GivenPriceIsStale() public {
        assertEq(_outageAt(STALE + 1, START), 1, "a second");
        assertEq(_outageAt(STALE + 10 days, START), 10 days, "ten days");
        assertEq(_outageAt(STALE + 10 days, STALE + 9 days), 1 days, "from within");
        assertEq(_outageAt(STALE + 10 days, STALE + 10 days), 0, "from now");
    }

    function test_OutageAfter_GivenAPostEndedIt() public {
        vm.warp(STALE + 1 days);
        _post();
        assertEq(_outageAt(STALE + 1 days, START), 1 days, "at once");
        assertEq(_outageAt(STALE + 2 days, START), 1 days, "a day later");
        assertEq(_outageAt(STALE + 2 days, STALE + 1 days), 0, "from its end on");
    }

    function test_OutageAfter_GivenASecondFollows() public {
        vm.warp(STALE + 1 days);
        _post();
        uint40 second = STALE + 1 days + MAXIMUM_AGE + 1;
        assertEq(_outageAt(second + 2 days, START), 3 days, "both, the second still going on");
        vm.warp(second + 2 days);
        _post();
        assertEq(_outageAt(second + 2 days, START), 3 days, "both");
    }

    function test_OutageAfter_GivenAHigherAgeEndedIt() public {
        vm.warp(STALE + 1 hours);
        _setMaximumAge(HIGHER_AGE);
        assertEq(referencePrice.currentPrice(), PRICE, "current price");
        assertEq(_outageAt(LATER, START), 1 hours, "until the change");
        assertEq(_outageAt(LATER + 1, START), 1 hours + 1, "and from the new age on");
        vm.warp(LATER + 1);
        _post();
        assertEq(_outageAt(LATER + 2, START), 1 hours + 1, "after a post");
    }

    function test_OutageAfter_GivenAHigherAgeDidNotEndIt() public {
        vm.warp(LATER + 1 hours);
        _setMaximumAge(HIGHER_AGE);
        assertEq(_outageAt(LATER + 2 hours, START), LATER - STALE + 2 hours, "all of it");
        vm.warp(LATER + 3 hours);
        _post();
        assertEq(_outageAt(LATER + 3 hours, START), LATER - STALE + 3 hours, "all of it, after a post");
    }

    function test_OutageAfter_GivenALowerAgeBeganIt() public {
        vm.warp(START + 20 hours);
        _setMaximumAge(1 hours);
        vm.expectRevert(abi.encodeWithSelector(IReferencePrice.PriceStale.selector, START, 1 hours));
        referencePrice.currentPrice();
        assertEq(_outageAt(START + 20 hours, START), 0, "what it let nobody miss");
        assertEq(_outageAt(START + 21 hours, START), 1 hours, "from the change on");
        vm.warp(START + 22 hours);
        _post();
        assertEq(_outageAt(START + 22 hours, START), 2 hours, "after a post");
    }

    function test_OutageAfter_GivenALowerAgeBeganNone() public {
        vm.warp(START + 1 hours);
        _setMaximumAge(1 hours);
        assertEq(_outageAt(START + 1 hours + 2, START), 1, "from the new age on");
    }

    function test_OutageAfter_GivenABandMovedThePrice() public {
        vm.warp(STALE + 1 hours);
        configure(address(referencePrice), abi.encodeCall(IReferencePrice.setBand, (2 * PRICE, 3 * PRICE)));
        assertEq(_outageAt(STALE + 2 hours, START), 2 hours, "goes on");
    }

    /// @dev Posts and ages at random, against a diary.
    function testFuzz_OutageAfter_AgreesWithADiary(uint256 seed) public {
        uint40 age = MAXIMUM_AGE;
        uint40 postedAt = START;
        uint40 seen = START;
        for (uint256 i; i < 12; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            skip(1 hours + (seed >> 8) % (seed % 4 == 0 ? 12 days : 2 days));
            _note(postedAt + age + 1, seen);
            seen = uint40(block.timestamp);
            _assertAsInTheDiary(uint40(block.timestamp - (seed >> 128) % 20 days));
            if (seed % 3 == 0) {
                age = uint40(bound(seed >> 64, 1 hours, 7 days));
                _setMaximumAge(age);
            } else {
                postedAt = seen;
                _post();
            }
            _assertAsInTheDiary(uint40(block.timestamp - (seed >> 192) % 20 days));
        }
    }

    /// @dev The price was stale from `staleFrom` on, of what passed since `seen`.
    function _note(uint40 staleFrom, uint40 seen) private {
        uint40 start = staleFrom > seen ? staleFrom : seen;
        if (start >= block.timestamp) return;
        _starts.push(start);
        _ends.push(uint40(block.timestamp));
    }

    function _assertAsInTheDiary(uint40 from) private view {
        uint40 total;
        for (uint256 i; i < _starts.length; ++i) {
            if (_ends[i] > from) total += _ends[i] - (_starts[i] > from ? _starts[i] : from);
        }
        assertEq(referencePrice.outageAfter(from), total, "seconds of outage");
    }

    function _outageAt(uint256 time, uint40 from) private returns (uint40 outage) {
        uint256 now_ = block.timestamp;
        vm.warp(time);
        outage = referencePrice.outageAfter(from);
        vm.warp(now_);
    }

    function _post() private {
        vm.prank(poster);
        referencePrice.post(PRICE);
    }

    function _setMaximumAge(uint40 age) private {
        configure(address(referencePrice), abi.encodeCall(IReferencePrice.setMaximumAge, (age)));
    }
}
