// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {ReferencePrice} from "../../contracts/ReferencePrice.sol";
import {Allows} from "./Allows.sol";

/// @dev The real contract, whose poster may do what it likes: three prices at any times.
contract ReferencePriceCheck is Test {
    uint256 private constant MINIMUM = 0.1e18;
    uint256 private constant MAXIMUM = 100e18;
    uint16 private constant MOVE = 1000;
    uint256 private constant FIRST = 2.5e18;
    uint40 private constant START = 1_800_000_000;

    ReferencePrice private _price;

    function setUp() external {
        vm.warp(START);
        _price = new ReferencePrice(address(new Allows()), FIRST, MINIMUM, MAXIMUM, MOVE, 30 hours);
    }

    function check_Post_StaysNearThePriceBefore(uint256 next, uint40 time) external {
        vm.assume(time >= START);
        vm.warp(time);
        try _price.post(next) {
            _assertNear(next, FIRST);
            assertTrue(MINIMUM <= next && next <= MAXIMUM, "inside the band");
            assertGe(time, START + 1 hours, "an hour later");
        } catch {}
    }

    function check_Post_Twice_StaysNearWhatWasInForceADayBefore(uint256 next, uint256 last, uint40 time, uint40 time2)
        external
    {
        vm.assume(START <= time && time <= time2);
        vm.warp(time);
        _price.post(next);
        vm.warp(time2);
        try _price.post(last) {
            _assertNear(last, next);
            // The first price was in force until `time`.
            if (time2 < time + 24 hours) _assertNear(last, FIRST);
        } catch {}
    }

    function check_CurrentPrice_IsNeverStale(uint40 time) external {
        vm.assume(time >= START);
        vm.warp(time);
        try _price.currentPrice() returns (uint256 price) {
            assertEq(price, FIRST, "price");
            assertLe(time, START + 30 hours, "age");
        } catch {
            assertGt(time, START + 30 hours, "age");
        }
    }

    function _assertNear(uint256 price, uint256 before) private pure {
        uint256 move = before * MOVE / 10_000;
        assertTrue(before - move <= price && price <= before + move, "move");
    }
}
