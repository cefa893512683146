// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {MembershipBaseTest} from "./helpers/MembershipBaseTest.sol";

/// @dev Two tiers in one account: queues and upgrades. Alice is the member, bob gives.
contract MembershipQueueTest is MembershipBaseTest {
    // ------------------------------------------------------------------ given that Pro is running

    function test_Pay_GivenProIsRunning_WhenNormalIsBought() public {
        pay(alice.addr, alice.addr, PRO, 1);
        travel(10 days);
        payAndAssert(
            plain(alice.addr, alice.addr, NORMAL, 2),
            queued(PRO, START, START, START + PERIOD, PRO_FEE, NORMAL, 2 * PERIOD, 2 * NORMAL_FEE)
        );
    }

    function test_Pay_GivenProIsRunning_WhenSomebodyElseBuysNormal() public {
        pay(alice.addr, alice.addr, PRO, 1);
        payAndAssert(
            plain(bob.addr, alice.addr, NORMAL, 1),
            queued(PRO, START, START, START + PERIOD, PRO_FEE, NORMAL, PERIOD, NORMAL_FEE)
        );
    }

    function test_Pay_GivenNormalIsQueued_WhenNormalIsBought() public {
        pay(alice.addr, alice.addr, PRO, 1);
        pay(alice.addr, alice.addr, NORMAL, 1);
        travel(10 days);
        payAndAssert(
            plain(bob.addr, alice.addr, NORMAL, 3),
            queued(PRO, START, START, START + PERIOD, PRO_FEE, NORMAL, 4 * PERIOD, 4 * NORMAL_FEE)
        );
    }

    function test_Pay_GivenNormalIsQueued_WhenProIsBought() public {
        pay(alice.addr, alice.addr, PRO, 1);
        pay(alice.addr, alice.addr, NORMAL, 1);
        travel(10 days);
        payAndAssert(
            plain(alice.addr, alice.addr, PRO, 1),
            queued(
                PRO, START, START + 10 days, START + 2 * PERIOD, PRO_FEE * 20 / 30 + PRO_FEE, NORMAL, PERIOD, NORMAL_FEE
            )
        );
    }

    function test_Pay_RevertWhen_QueueWouldEndBeyondTheMaximum() public {
        pay(alice.addr, alice.addr, PRO, 6);
        pay(alice.addr, alice.addr, NORMAL, 6);
        bytes memory tooFar =
            abi.encodeWithSelector(IMembership.PrepaidTooFar.selector, START + 13 * PERIOD, START + 12 * PERIOD);
        expectPayRevert(alice.addr, alice.addr, NORMAL, 1, tooFar);
        expectPayRevert(bob.addr, alice.addr, NORMAL, 1, tooFar);
    }

    function test_Pay_WhenOnlyRunningAndQueuedTimeTogetherGoBeyondTheMaximum() public {
        pay(alice.addr, alice.addr, PRO, 6);
        pay(alice.addr, alice.addr, NORMAL, 6);
        payAndAssert(
            plain(alice.addr, alice.addr, PRO, 6),
            queued(PRO, START, START, START + 12 * PERIOD, 12 * PRO_FEE, NORMAL, 6 * PERIOD, 6 * NORMAL_FEE)
        );
        expectPayRevert(
            alice.addr,
            alice.addr,
            PRO,
            1,
            abi.encodeWithSelector(IMembership.PrepaidTooFar.selector, START + 13 * PERIOD, START + 12 * PERIOD)
        );
    }

    // ------------------------------------------------------------------ given that Normal is running

    function test_Pay_GivenNormalIsRunning_WhenSomebodyElseBuysPro() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        travel(10 days);
        payAndAssert(
            plain(bob.addr, alice.addr, PRO, 2),
            queued(NORMAL, START, START, START + PERIOD, NORMAL_FEE, PRO, 2 * PERIOD, 2 * PRO_FEE)
        );
    }

    function test_Pay_GivenNormalIsRunning_WhenTheMemberBuysPro() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        travel(10 days);
        uint256 credit = NORMAL_FEE * 20 / 30;
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, PRO_FEE - credit, credit),
            running(PRO, block.timestamp, block.timestamp, block.timestamp + PERIOD, PRO_FEE)
        );
    }

    function test_Pay_GivenNormalIsRunning_WhenCreditTakesItsWholeValue() public {
        pay(alice.addr, alice.addr, NORMAL, 3);
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, 0, PRO_FEE), running(PRO, START, START, START + PERIOD, PRO_FEE)
        );
    }

    function test_Pay_GivenUnusedValueExceedsTheFee() public {
        pay(alice.addr, alice.addr, NORMAL, 12);
        approve(alice.addr, address(membership), 0);
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, 0, PRO_FEE),
            queued(PRO, START, START, START + PERIOD, PRO_FEE, NORMAL, 9 * PERIOD, 9 * NORMAL_FEE)
        );
    }

    function testFuzz_Pay_GivenNormalIsRunning_UpgradeLosesNothingButRounding(
        uint16 bought,
        uint16 periods,
        uint256 passed
    ) public {
        bought = uint16(bound(bought, 1, 12));
        periods = uint16(bound(periods, 1, 4));
        passed = bound(passed, 0, bought * PERIOD - 1);
        pay(alice.addr, alice.addr, NORMAL, bought);
        travel(passed);

        uint256 left = bought * PERIOD - passed;
        uint256 unused = bought * NORMAL_FEE * left / (bought * PERIOD);
        uint256 fee = periods * PRO_FEE;
        uint256 credit = unused < fee ? unused : fee;
        uint256 restValue = unused - credit;
        uint256 rest = left * restValue / unused;
        IMembership.Account memory expected =
            running(PRO, block.timestamp, block.timestamp, block.timestamp + uint256(periods) * PERIOD, fee);
        if (rest != 0) {
            (expected.nextTier, expected.nextDuration, expected.nextValue) = (NORMAL, uint40(rest), uint96(restValue));
        }
        payAndAssert(Payment(alice.addr, alice.addr, PRO, periods, fee - credit, credit), expected);
    }

    function test_Pay_GivenNormalWasAGift() public {
        pay(bob.addr, alice.addr, NORMAL, 1);
        travel(15 days);
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, PRO_FEE - NORMAL_FEE / 2, NORMAL_FEE / 2),
            running(PRO, block.timestamp, block.timestamp, block.timestamp + PERIOD, PRO_FEE)
        );
    }

    function test_Pay_GivenProIsQueuedAlready_WhenTheMemberBuysPro() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        pay(bob.addr, alice.addr, PRO, 2);
        travel(15 days);
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, PRO_FEE - NORMAL_FEE / 2, NORMAL_FEE / 2),
            running(PRO, block.timestamp, block.timestamp, block.timestamp + 3 * PERIOD, 3 * PRO_FEE)
        );
    }

    function test_Pay_GivenProIsQueuedAlready_WhenUnusedValueExceedsTheFee() public {
        pay(alice.addr, alice.addr, NORMAL, 6);
        pay(bob.addr, alice.addr, PRO, 2);
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, 0, PRO_FEE),
            queued(PRO, START, START, START + 3 * PERIOD, 3 * PRO_FEE, NORMAL, 3 * PERIOD, 3 * NORMAL_FEE)
        );
    }

    function test_Pay_GivenProIsQueuedAlready_WhenNormalIsBought() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        pay(bob.addr, alice.addr, PRO, 1);
        payAndAssert(
            plain(alice.addr, alice.addr, NORMAL, 1),
            queued(NORMAL, START, START, START + 2 * PERIOD, 2 * NORMAL_FEE, PRO, PERIOD, PRO_FEE)
        );
    }

    function test_Pay_GivenProIsQueuedAlready_WhenSomebodyElseBuysPro() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        pay(bob.addr, alice.addr, PRO, 1);
        payAndAssert(
            plain(carol.addr, alice.addr, PRO, 1),
            queued(NORMAL, START, START, START + PERIOD, NORMAL_FEE, PRO, 2 * PERIOD, 2 * PRO_FEE)
        );
    }

    function test_Pay_GivenNormalRanOutThisSecond_WhenTheMemberBuysPro() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        travel(PERIOD);
        payAndAssert(
            plain(alice.addr, alice.addr, PRO, 1),
            running(PRO, block.timestamp, block.timestamp, block.timestamp + PERIOD, PRO_FEE)
        );
    }

    function test_Pay_GivenThePriceChangedSince_WhenTheMemberBuysPro() public {
        pay(alice.addr, alice.addr, NORMAL, 3);
        skip(PERIOD);
        vm.prank(poster);
        referencePrice.post(PRICE + PRICE / 10);
        // Two thirds of 3 periods' fees are unused, in reference currency, whatever they would be worth in BTSc.
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, PRO_FEE - 2 * NORMAL_FEE, 2 * NORMAL_FEE),
            running(PRO, block.timestamp, block.timestamp, block.timestamp + PERIOD, PRO_FEE)
        );
    }

    function test_Pay_GivenFeesChangedSince_WhenTheMemberBuysPro() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        configure(address(membership), abi.encodeCall(IMembership.setFee, (NORMAL, 10 * NORMAL_FEE)));
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, PRO_FEE - NORMAL_FEE, NORMAL_FEE),
            running(PRO, START, START, START + PERIOD, PRO_FEE)
        );
    }

    function test_Quote_GivenNormalIsRunning() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        travel(10 days);
        uint256 credit = NORMAL_FEE * 20 / 30;
        IMembership.Quote memory own = membership.quote(alice.addr, alice.addr, PRO, 1);
        assertEq(own.credit, credit, "credit");
        assertEq(own.cost, PRO_FEE - credit, "cost");
        IMembership.Quote memory gift = membership.quote(bob.addr, alice.addr, PRO, 1);
        assertEq(gift.credit, 0, "credit for a gift");
        assertEq(gift.cost, PRO_FEE, "cost of a gift");
    }

    // ------------------------------------------------------------------ given that the queued tier has come to run

    function test_Views_GivenTheQueuedTierHasComeToRun() public {
        _proThenNormal(2);
        IMembership.Account memory stored = membership.membershipOf(alice.addr);
        vm.warp(START + PERIOD - 1);
        assertStanding(alice.addr, PRO, START);
        vm.warp(START + PERIOD);
        assertStanding(alice.addr, NORMAL, START + PERIOD);
        vm.warp(START + 3 * PERIOD - 1);
        assertStanding(alice.addr, NORMAL, START + PERIOD);
        vm.warp(START + 3 * PERIOD);
        assertStanding(alice.addr, LIGHT, 0);
        assertMembership(alice.addr, stored);
    }

    function test_Pay_GivenTheQueuedTierHasComeToRun_WhenItIsBought() public {
        _proThenNormal(2);
        travelTo(START + PERIOD + 15 days);
        payAndAssert(
            plain(bob.addr, alice.addr, NORMAL, 1),
            running(NORMAL, START + PERIOD, block.timestamp, START + 4 * PERIOD, 2 * NORMAL_FEE * 45 / 60 + NORMAL_FEE)
        );
    }

    function test_Pay_GivenTheQueuedTierHasComeToRun_WhenSomebodyElseBuysPro() public {
        _proThenNormal(2);
        travelTo(START + PERIOD);
        payAndAssert(
            plain(bob.addr, alice.addr, PRO, 1),
            queued(NORMAL, START + PERIOD, START + PERIOD, START + 3 * PERIOD, 2 * NORMAL_FEE, PRO, PERIOD, PRO_FEE)
        );
    }

    function test_Pay_GivenTheQueuedTierHasComeToRun_WhenTheMemberBuysPro() public {
        _proThenNormal(2);
        travelTo(START + 2 * PERIOD);
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, PRO_FEE - NORMAL_FEE, NORMAL_FEE),
            running(PRO, block.timestamp, block.timestamp, block.timestamp + PERIOD, PRO_FEE)
        );
    }

    function test_Pay_GivenQueuedProHasComeToRun_WhenItIsBought() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        pay(bob.addr, alice.addr, PRO, 1);
        travelTo(START + PERIOD + 15 days);
        payAndAssert(
            plain(alice.addr, alice.addr, PRO, 1),
            running(PRO, START + PERIOD, block.timestamp, START + 3 * PERIOD, PRO_FEE / 2 + PRO_FEE)
        );
    }

    function test_Pay_GivenTheQueuedTierRanOutWithinTheRenewalWindow() public {
        _proThenNormal(2);
        travelTo(START + 3 * PERIOD + RENEWAL_WINDOW);
        payAndAssert(
            plain(alice.addr, alice.addr, NORMAL, 1),
            running(NORMAL, START + PERIOD, block.timestamp, block.timestamp + PERIOD, NORMAL_FEE)
        );
    }

    function test_Pay_GivenTheQueuedTierRanOutLongerAgo() public {
        _proThenNormal(2);
        travelTo(START + 3 * PERIOD + RENEWAL_WINDOW + 1);
        payAndAssert(
            plain(alice.addr, alice.addr, NORMAL, 1),
            running(NORMAL, block.timestamp, block.timestamp, block.timestamp + PERIOD, NORMAL_FEE)
        );
    }

    // ------------------------------------------------------------------ unbroken Pro across Normal time

    /// @dev Without this, whoever pays the smallest gift could take a lapsed Pro's standing before the window closes.
    function test_Pay_GivenProRanOutAndSomebodyGaveNormal_WhenProIsRenewedWithinTheWindow() public {
        pay(alice.addr, alice.addr, PRO, 1);
        travelTo(START + PERIOD + 1 days);
        pay(bob.addr, alice.addr, NORMAL, 1);
        assertStanding(alice.addr, NORMAL, block.timestamp);

        travelTo(START + PERIOD + RENEWAL_WINDOW);
        uint256 credit = NORMAL_FEE * 24 / 30;
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, PRO_FEE - credit, credit),
            running(PRO, START, block.timestamp, block.timestamp + PERIOD, PRO_FEE)
        );
    }

    function test_Pay_GivenProRanOutAndSomebodyGaveNormal_WhenProIsBoughtAfterTheWindow() public {
        pay(alice.addr, alice.addr, PRO, 1);
        travelTo(START + PERIOD + 1 days);
        pay(bob.addr, alice.addr, NORMAL, 2);
        travelTo(START + PERIOD + RENEWAL_WINDOW + 1);
        uint256 left = START + 3 * PERIOD + 1 days - block.timestamp;
        uint256 credit = 2 * NORMAL_FEE * left / (2 * PERIOD);
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, PRO_FEE - credit, credit),
            running(PRO, block.timestamp, block.timestamp, block.timestamp + PERIOD, PRO_FEE)
        );
    }

    function test_Pay_GivenNormalFollowedOnPro_WhenProIsRenewedWithinTheWindow() public {
        _proThenNormal(2);
        travelTo(START + PERIOD + RENEWAL_WINDOW);
        // A gift in between changes nothing about it.
        pay(bob.addr, alice.addr, NORMAL, 1);
        uint256 unused = membership.membershipOf(alice.addr).value;
        assertEq(
            unused, 2 * NORMAL_FEE * (2 * PERIOD - RENEWAL_WINDOW) / (2 * PERIOD) + NORMAL_FEE, "unused Normal value"
        );
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, PRO_FEE - unused, unused),
            running(PRO, START, block.timestamp, block.timestamp + PERIOD, PRO_FEE)
        );
    }

    function test_Pay_GivenNormalFollowedOnPro_WhenSomebodyElseBuysPro() public {
        _proThenNormal(1);
        travelTo(START + PERIOD + 1 days);
        pay(bob.addr, alice.addr, PRO, 1);
        vm.warp(START + 2 * PERIOD);
        assertStanding(alice.addr, PRO, START + 2 * PERIOD);
    }

    // ------------------------------------------------------------------ for any course of payments

    function testFuzz_Pay_ForAnyCourseOfPayments(uint256 seed) public {
        uint256 paid;
        for (uint256 i; i < 16; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            travel(seed % (45 days));
            IMembership.Tier tier = (seed >> 64) % 2 == 0 ? NORMAL : PRO;
            uint16 periods = uint16(1 + (seed >> 72) % 5);
            address payer = (seed >> 80) % 2 == 0 ? alice.addr : bob.addr;
            paid += _payAndCheck(payer, tier, periods);

            IMembership.Account memory held = membership.membershipOf(alice.addr);
            assertLe(uint256(held.value) + held.nextValue, paid, "value held against value paid");
            assertLe(timeLeft(alice.addr, NORMAL), uint256(MAXIMUM_PERIODS) * PERIOD, "prepaid Normal time");
            assertLe(timeLeft(alice.addr, PRO), uint256(MAXIMUM_PERIODS) * PERIOD, "prepaid Pro time");
        }
    }

    /// @dev Pays for alice and compares what time she has of either tier before and after. Returns the cost.
    function _payAndCheck(address payer, IMembership.Tier tier, uint16 periods) private returns (uint256 cost) {
        uint256 normalBefore = timeLeft(alice.addr, NORMAL);
        uint256 proBefore = timeLeft(alice.addr, PRO);
        IMembership.Tier tierBefore = membership.tierOf(alice.addr);
        bool upgrade = payer == alice.addr && tier == PRO && tierBefore == NORMAL;
        uint256 duration = uint256(periods) * PERIOD;

        vm.prank(payer);
        (bool success, bytes memory answer) = address(membership)
            .call(abi.encodeCall(IMembership.pay, (alice.addr, tier, periods, type(uint256).max, block.timestamp)));
        if (!success) {
            assertEq(bytes4(answer), IMembership.PrepaidTooFar.selector, "only reason to refuse");
            assertGt(normalBefore + proBefore + duration, uint256(MAXIMUM_PERIODS) * PERIOD, "refused too early");
            return 0;
        }
        uint256 normalAfter = timeLeft(alice.addr, NORMAL);
        assertEq(timeLeft(alice.addr, PRO), proBefore + (tier == PRO ? duration : 0), "Pro time");
        if (upgrade) {
            assertLe(normalAfter, normalBefore, "Normal time after an upgrade");
            assertTier(alice.addr, PRO, "tier after an upgrade");
        } else {
            assertEq(normalAfter, normalBefore + (tier == NORMAL ? duration : 0), "Normal time");
            assertTier(alice.addr, tierBefore == LIGHT ? tier : tierBefore, "tier");
        }
        return abi.decode(answer, (uint256)) * UNIT / PRICE;
    }

    function _proThenNormal(uint16 normalPeriods) private {
        pay(alice.addr, alice.addr, PRO, 1);
        pay(alice.addr, alice.addr, NORMAL, normalPeriods);
    }
}
