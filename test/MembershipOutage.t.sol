// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IReferencePrice} from "../contracts/interfaces/IReferencePrice.sol";
import {MembershipBaseTest} from "./helpers/MembershipBaseTest.sol";

/// @dev Time in which nobody could pay is nobody's fault: the renewal window is longer by as much. Alice's Pro ends at
/// END, and her mandate was opened at START.
contract MembershipOutageTest is MembershipBaseTest {
    uint40 private constant END = START + PERIOD;
    uint40 private constant PLAIN = END + RENEWAL_WINDOW;

    IMembership.Mandate private _mandate;

    function setUp() public override {
        super.setUp();
        _mandate = mandateFor(alice.addr, alice.addr, PRO);
        openByPayer(_mandate);
    }

    // ------------------------------------------------------------------ pauses

    function test_Renew_GivenAPauseWithinTheWindow() public {
        _pauseOver(END + 1 days, END + 3 days);
        _assertLastSecond(PLAIN + 2 days);
    }

    function test_Renew_GivenAPauseFromBeforeTheEnd() public {
        _pauseOver(END - 5 days, END + 3 days);
        _assertLastSecond(PLAIN + 3 days);
    }

    function test_Renew_GivenAPauseThatWasOverByTheEnd() public {
        _pauseOver(END - 2 days, END);
        _assertLastSecond(PLAIN);
    }

    function test_Renew_GivenAPauseAfterTheWindow() public {
        _pauseOver(PLAIN + 1, PLAIN + 2 days);
        _assertRefusedFrom(PLAIN + 2 days - 1);
    }

    function test_Renew_GivenAPauseInTheLastSecondOfTheWindow() public {
        _pauseOver(PLAIN, PLAIN + 2 days);
        _assertLastSecond(PLAIN + 2 days);
    }

    function test_Renew_GivenAPauseLongerThanTheWindow() public {
        _pauseOver(END + 6 days, END + 60 days);
        _assertLastSecond(PLAIN + 54 days);
    }

    function test_Renew_GivenSeveralPauses() public {
        _pauseOver(END - 10 days, END - 9 days);
        _pauseOver(END - 1 days, END + 1 days);
        _pauseOver(END + 2 days, END + 2 days + 1);
        _pauseOver(END + 5 days, END + 8 days);
        _assertLastSecond(PLAIN + 4 days + 1);
    }

    function test_Renew_GivenAPauseThatLasts() public {
        travelTo(END + 6 days);
        pause();
        travelTo(END + 100 days);
        assertRenewalTime(_mandate, END, PLAIN + 94 days);
        expectRenewRevert(_mandate, abi.encodePacked(Pausable.EnforcedPause.selector));
        unpause();
        _assertLastSecond(PLAIN + 94 days);
    }

    function test_Renew_GivenAPauseInWhatAnotherHadAdded() public {
        _pauseOver(END, END + 5 days);
        _pauseOver(END + 11 days, END + 13 days);
        _assertLastSecond(PLAIN + 7 days);
    }

    function test_Renew_GivenAPauseAfterTheWindowOfAnother() public {
        _pauseOver(END, END + 1 days);
        _pauseOver(PLAIN + 2 days, PLAIN + 4 days);
        _assertRefusedFrom(PLAIN + 3 days);
    }

    // ------------------------------------------------------------------ stale prices

    function test_Renew_GivenThePriceWasStale() public {
        travelTo(END);
        skip(MAXIMUM_AGE + 2 days);
        refreshPrice();
        // Stale from the second after its age to the one before the post.
        _assertLastSecond(PLAIN + 2 days - 1);
    }

    function test_Renew_GivenThePriceIsStaleStill() public {
        travelTo(END);
        skip(MAXIMUM_AGE + 20 days);
        assertRenewalTime(_mandate, END, PLAIN + 20 days - 1);
        expectRenewRevert(_mandate, abi.encodeWithSelector(IReferencePrice.PriceStale.selector, END, MAXIMUM_AGE));
        refreshPrice();
        _assertLastSecond(PLAIN + 20 days - 1);
    }

    // ------------------------------------------------------------------ both

    function test_Renew_GivenAPauseAndThenAStalePrice() public {
        _pauseOver(END, END + 1 days);
        skip(MAXIMUM_AGE + 2 days);
        refreshPrice();
        _assertLastSecond(PLAIN + 3 days - 1);
    }

    /// @dev The one began in what the other had added.
    function test_Renew_GivenAPauseAndAStalePriceByTurns() public {
        travelTo(END + 6 days);
        pause();
        travelTo(END + 13 days);
        vm.warp(END + 20 days);
        unpause();
        vm.warp(END + 25 days);
        refreshPrice();
        renewAndAssert(_mandate, 2, running(PRO, START, block.timestamp, block.timestamp + PERIOD, PRO_FEE));
    }

    /// @dev A long outage, and then one of some seconds every six days: what is over before the end does not count after it.
    function test_Renew_GivenOutagesThatNeverCease() public {
        _pauseOver(START + 1 days, START + 25 days);
        for (uint256 time = START + 26 days; time < PLAIN; time += 6 days) {
            _pauseOver(time, time + 9);
        }
        _assertLastSecond(PLAIN + 9);
    }

    function test_Renew_GivenBothAtTheSameTime() public {
        travelTo(END);
        skip(MAXIMUM_AGE + 1);
        pause();
        skip(1 days);
        unpause();
        refreshPrice();
        _assertLastSecond(PLAIN + 1 days);
    }

    /// @dev A pause in which nobody posts either, as it would be: what has lapsed does not become due by it.
    function test_Renew_GivenBothAtTheSameTimeAfterTheWindow() public {
        travelTo(PLAIN + 1 days);
        pause();
        assertRenewalTime(_mandate, END, PLAIN);
        skip(20 days);
        assertRenewalTime(_mandate, END, PLAIN + 20 days);
        unpause();
        assertRenewalTime(_mandate, END, PLAIN + 20 days);
        refreshPrice();
        _assertRefusedFrom(PLAIN + 20 days);
    }

    /// @dev One pause and one stale price, anyhow they lie: a second in which both were counts once.
    function testFuzz_Renew_CountsASecondOnce(uint256 from, uint256 length, uint256 staleFor) public {
        from = bound(from, 0, 6 days);
        length = bound(length, 0, 20 days);
        staleFor = bound(staleFor, 0, 20 days);
        travelTo(END);
        (uint256 pauseStart, uint256 pauseEnd) = (END + from, END + from + length);
        (uint256 staleStart, uint256 staleEnd) = (END + MAXIMUM_AGE + 1, END + MAXIMUM_AGE + 1 + staleFor);
        if (staleEnd < pauseStart) _postAndTravelTo(staleEnd, pauseStart);
        vm.warp(pauseStart);
        pause();
        if (staleEnd >= pauseStart && staleEnd < pauseEnd) _postAndTravelTo(staleEnd, pauseEnd);
        else if (staleEnd < pauseStart) travelTo(pauseEnd);
        vm.warp(pauseEnd);
        unpause();
        if (staleEnd >= pauseEnd) _postAndTravelTo(staleEnd, staleEnd);
        uint256 both = _min(pauseEnd, staleEnd);
        uint256 since = pauseStart > staleStart ? pauseStart : staleStart;
        _assertLastSecond(PLAIN + length + staleFor - (both > since ? both - since : 0));
    }

    function test_Renew_GivenAPauseInWhatAStalePriceHadAdded() public {
        travelTo(END);
        skip(MAXIMUM_AGE + 5 days);
        refreshPrice();
        _pauseOver(END + 10 days, END + 11 days);
        _assertLastSecond(PLAIN + 6 days - 1);
    }

    /// @dev Whatever outages there were: seven days in which one could pay have to pass before it is too late.
    function testFuzz_Renew_IsOpenForSevenDaysOfOpenPayments(uint256 seed) public {
        travelTo(END - 10 days);
        uint256 outage;
        for (uint256 i;; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            uint256 time = block.timestamp + 1 hours + draw % 4 days;
            if (time + 1 hours + MAXIMUM_AGE > PLAIN + outage) break;
            travelTo(time);
            (uint256 from, uint256 until) = _outage(draw >> 200 & 1 == 0, (draw >> 64) % 9 days);
            if (until > END) outage += until - (from > END ? from : END);
        }
        travelTo(PLAIN + outage);
        renew(_mandate);
        assertStanding(alice.addr, PRO, START);
    }

    // ------------------------------------------------------------------ purchases

    function test_Pay_GivenTheProlongedWindow() public {
        _pauseOver(END + 1 days, END + 3 days);
        uint256 before = vm.snapshotState();
        travelTo(PLAIN + 2 days);
        payAndAssert(
            plain(alice.addr, alice.addr, PRO, 1),
            running(PRO, START, block.timestamp, block.timestamp + PERIOD, PRO_FEE)
        );
        vm.revertToState(before);
        travelTo(PLAIN + 2 days + 1);
        payAndAssert(
            plain(alice.addr, alice.addr, PRO, 1),
            running(PRO, block.timestamp, block.timestamp, block.timestamp + PERIOD, PRO_FEE)
        );
    }

    function test_Pay_GivenNormalTookTheProlongedWindow() public {
        _pauseOver(END + 1 days, END + 3 days);
        pay(bob.addr, alice.addr, NORMAL, 1);
        travelTo(PLAIN + 2 days);
        uint256 credit = NORMAL_FEE * (END + 3 days + PERIOD - block.timestamp) / PERIOD;
        renewAndAssert(
            _mandate,
            2,
            Payment(alice.addr, alice.addr, PRO, 1, PRO_FEE - credit, credit),
            running(PRO, START, block.timestamp, block.timestamp + PERIOD, PRO_FEE)
        );
    }

    // ------------------------------------------------------------------ renewalTime

    function test_RenewalTime_SaysThePlainWindowUntilThatIsOver() public {
        _pauseOver(END + 1 days, END + 3 days);
        assertRenewalTime(_mandate, END, PLAIN);
        travelTo(PLAIN);
        assertRenewalTime(_mandate, END, PLAIN);
        travelTo(PLAIN + 1);
        assertRenewalTime(_mandate, END, PLAIN + 2 days);
    }

    // ------------------------------------------------------------------ helpers

    function _pauseOver(uint256 from, uint256 until) private {
        travelTo(from);
        pause();
        travelTo(until);
        unpause();
    }

    /// @dev A pause from now on, or a stale price from the age of the next post on: over [from, until).
    function _outage(bool stale, uint256 length) private returns (uint256 from, uint256 until) {
        if (!stale) {
            (from, until) = (block.timestamp, block.timestamp + length);
            _pauseOver(from, until);
            return (from, until);
        }
        (, uint40 postedAt) = referencePrice.latestPrice();
        if (postedAt != block.timestamp) travel(1 hours);
        from = block.timestamp + MAXIMUM_AGE + 1;
        until = from + length;
        vm.warp(until);
        refreshPrice();
    }

    /// @dev The price is posted again at `staleEnd`, and from then on in time.
    function _postAndTravelTo(uint256 staleEnd, uint256 time) private {
        vm.warp(staleEnd);
        refreshPrice();
        travelTo(time);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    /// @dev `last` is the last second in which the mandate can be renewed.
    function _assertLastSecond(uint256 last) private {
        uint256 before = vm.snapshotState();
        travelTo(last);
        renewAndAssert(_mandate, 2, running(PRO, START, last, last + PERIOD, PRO_FEE));
        vm.revertToState(before);
        travelTo(last + 1);
        _assertRefusedFrom(last);
    }

    function _assertRefusedFrom(uint256 last) private {
        assertRenewalTime(_mandate, END, last);
        expectRenewRevert(_mandate, notDue(END, last));
    }
}
