// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Vm} from "forge-std/Vm.sol";
import {IGate} from "../contracts/interfaces/IGate.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IReferencePrice} from "../contracts/interfaces/IReferencePrice.sol";
import {MembershipBaseTest} from "./helpers/MembershipBaseTest.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";
import {Wallet1271} from "./mocks/Wallet1271.sol";

/// @dev Alice's mandate, opened at START. The relayer is the keeper, bob gives, carol sponsors.
contract MembershipRenewTest is MembershipBaseTest {
    uint40 private constant END = START + PERIOD;

    // ------------------------------------------------------------------ when it is due

    function test_Renew_InTheLastThreeDays() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END - 1 days);
        renewAndAssert(mandate, 2, running(PRO, START, END - 1 days, END + PERIOD, PRO_FEE / 30 + PRO_FEE));
    }

    function test_Renew_AtTheEdgesOfTheWindow() public {
        IMembership.Mandate memory mandate = _openOwn(NORMAL);
        _expectNotDueAt(mandate, END - RENEWAL_LEAD - 1);
        _renewsAt(mandate, END - RENEWAL_LEAD, END + PERIOD, NORMAL_FEE / 10 + NORMAL_FEE);
        _renewsAt(mandate, END - 1, END + PERIOD, NORMAL_FEE / PERIOD + NORMAL_FEE);
        _renewsAt(mandate, END, END + PERIOD, NORMAL_FEE);
        _renewsAt(mandate, END + RENEWAL_WINDOW, END + RENEWAL_WINDOW + PERIOD, NORMAL_FEE);
        _expectNotDueAt(mandate, END + RENEWAL_WINDOW + 1);
        _expectNotDueAt(mandate, END + 365 days);
    }

    // ------------------------------------------------------------------ what is not open

    function test_Renew_RevertWhen_AnyFieldIsNotWhatWasOpened() public {
        _openOwn(PRO);
        travelTo(END);
        for (uint256 field; field < 9; ++field) {
            IMembership.Mandate memory other = changed(_own(PRO), field);
            expectRenewRevert(other, notOpen(other));
        }
        renew(_own(PRO));
    }

    function test_Renew_RevertGiven_ItWasNeverOpened() public {
        pay(alice.addr, alice.addr, PRO, 1);
        IMembership.Mandate memory mandate = _own(PRO);
        travelTo(END);
        expectRenewRevert(mandate, notOpen(mandate));
    }

    function test_Renew_RevertGiven_ItWasCancelled() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        bytes memory signature = signCancellation(alice, alice.addr, NONCE);
        travelTo(END);
        uint256 before = vm.snapshotState();
        cancel(alice.addr, NONCE);
        expectRenewRevert(mandate, notOpen(mandate));
        vm.revertToState(before);
        membership.cancelBySignature(alice.addr, NONCE, signature);
        expectRenewRevert(mandate, notOpen(mandate));
    }

    function test_Renew_RevertGiven_AllPeriodsArePaidFor() public {
        IMembership.Mandate memory mandate = _own(PRO);
        mandate.periods = 2;
        openByPayer(mandate);
        travelTo(END);
        renewAndAssert(mandate, 2, running(PRO, START, END, END + PERIOD, PRO_FEE));
        travelTo(END + PERIOD);
        expectRenewRevert(mandate, abi.encodeWithSelector(IMembership.MandateExhausted.selector, 2));
    }

    function test_Renew_WhenExpiryIsThisSecond() public {
        IMembership.Mandate memory mandate = _own(PRO);
        mandate.expiry = END;
        openByPayer(mandate);
        travelTo(END);
        renewAndAssert(mandate, 2, running(PRO, START, END, END + PERIOD, PRO_FEE));
    }

    function test_Renew_RevertWhen_ExpiryWasASecondAgo() public {
        IMembership.Mandate memory mandate = _own(PRO);
        mandate.expiry = END - 1;
        openByPayer(mandate);
        travelTo(END);
        expectRenewRevert(mandate, abi.encodeWithSelector(IMembership.DeadlinePassed.selector, END - 1));
    }

    // ------------------------------------------------------------------ what hinders a payment

    function test_Renew_RevertGiven_Paused() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END);
        pause();
        expectRenewRevert(mandate, abi.encodePacked(Pausable.EnforcedPause.selector));
        unpause();
        renewAndAssert(mandate, 2, running(PRO, START, END, END + PERIOD, PRO_FEE));
    }

    function test_Renew_RevertGiven_Retired() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END);
        retire();
        expectRenewRevert(mandate, abi.encodePacked(IGate.RetiredForGood.selector));
    }

    function test_Renew_RevertGiven_PriceIsStale() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END);
        skip(MAXIMUM_AGE + 1);
        expectRenewRevert(mandate, abi.encodeWithSelector(IReferencePrice.PriceStale.selector, END, MAXIMUM_AGE));
        refreshPrice();
        renew(mandate);
    }

    function test_Renew_RevertGiven_TheFeeRoseAboveTheCap() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END);
        setFee(PRO, PRO_FEE + 1);
        expectRenewRevert(mandate, abi.encodeWithSelector(IMembership.CostAboveMaximum.selector, PRO_FEE + 1, PRO_FEE));
        setFee(PRO, PRO_FEE);
        renewAndAssert(mandate, 2, running(PRO, START, END, END + PERIOD, PRO_FEE));
    }

    function test_Renew_RevertGiven_ThePriceRoseAboveTheCap() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END);
        postPrice(PRICE + 1);
        expectRenewRevert(
            mandate,
            abi.encodeWithSelector(IMembership.AmountAboveMaximum.selector, mandate.maxAmount + 30, mandate.maxAmount)
        );
        postPrice(PRICE);
        renewAndAssert(mandate, 2, running(PRO, START, block.timestamp, block.timestamp + PERIOD, PRO_FEE));
    }

    function test_Renew_GivenFeeAndPriceFell() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END);
        postPrice(PRICE * 95 / 100);
        setFee(PRO, PRO_FEE / 3);
        renewAndAssert(
            mandate,
            2,
            Payment(alice.addr, alice.addr, PRO, 1, PRO_FEE / 3, 0),
            running(PRO, START, block.timestamp, block.timestamp + PERIOD, PRO_FEE / 3)
        );
    }

    function test_Renew_RevertGiven_AllowanceOrBalanceIsShort() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END);
        uint256 amount = amountFor(PRO_FEE);
        uint256 last = amount * STAKING_SHARE / BASIS_POINTS;
        approve(alice.addr, address(membership), amount - 1);
        expectRenewRevert(
            mandate,
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(membership), last - 1, last
            )
        );
        approve(alice.addr, address(membership), amount);
        send(alice.addr, carol.addr, token.balanceOf(alice.addr) - amount + 1);
        expectRenewRevert(
            mandate, abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice.addr, last - 1, last)
        );
        send(carol.addr, alice.addr, 1);
        travelTo(END + RENEWAL_WINDOW);
        renewAndAssert(mandate, 2, running(PRO, START, block.timestamp, block.timestamp + PERIOD, PRO_FEE));
    }

    function test_Renew_RevertWhen_AKeeperComesTwiceInOneBlock() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        uint256[3] memory times = [uint256(END - RENEWAL_LEAD), END, END + RENEWAL_WINDOW];
        for (uint256 i; i < times.length; ++i) {
            uint256 before = vm.snapshotState();
            travelTo(times[i]);
            renew(mandate);
            uint256 end = membership.membershipOf(alice.addr).end;
            expectRenewRevert(mandate, notDue(end - RENEWAL_LEAD, end + RENEWAL_WINDOW));
            vm.revertToState(before);
        }
    }

    // ------------------------------------------------------------------ accounts and tokens that change

    function test_Renew_GivenThePayersContractChanged() public {
        Wallet1271 wallet = new Wallet1271(alice.addr);
        fund(address(wallet));
        IMembership.Mandate memory mandate = mandateFor(address(wallet), address(wallet), PRO);
        open(mandate, signMandate(alice, mandate));
        wallet.setOwner(bob.addr);
        wallet.setMode(Wallet1271.Mode.BurnsGas);
        travelTo(END);
        renewAndAssert(mandate, 2, running(PRO, START, END, END + PERIOD, PRO_FEE));

        wallet.setMode(Wallet1271.Mode.Honest);
        bytes memory byFormerOwner = signCancellation(alice, address(wallet), NONCE);
        vm.expectRevert(signatureInvalid(address(wallet)));
        membership.cancelBySignature(address(wallet), NONCE, byFormerOwner);
        membership.cancelBySignature(address(wallet), NONCE, signCancellation(bob, address(wallet), NONCE));
        travelTo(END + PERIOD);
        expectRenewRevert(mandate, notOpen(mandate));
    }

    function test_Renew_GivenThePayersAccountHasNoCodeAnyMore() public {
        delegate(alice, address(new Wallet1271(bob.addr)));
        IMembership.Mandate memory mandate = _own(PRO);
        open(mandate, signMandate(bob, mandate));
        vm.etch(alice.addr, "");
        travelTo(END);
        renewAndAssert(mandate, 2, running(PRO, START, END, END + PERIOD, PRO_FEE));
    }

    function test_Renew_WhenTokenCallsBackWithTheSameRenewal() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        deployFor(address(reentrant));
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END);
        reentrant.arm(address(membership), abi.encodeCall(IMembership.renew, (mandate)));
        renewAndAssert(mandate, 2, running(PRO, START, END, END + PERIOD, PRO_FEE));
        assertTrue(reentrant.called(), "called back");
        assertFalse(reentrant.succeeded(), "inner renewal");
        assertEq(
            reentrant.answer(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "refusal"
        );
    }

    function test_Renew_WhenTokenCallsBackWithACancellation() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        deployFor(address(reentrant));
        fund(address(reentrant));
        IMembership.Mandate memory mandate = mandateFor(address(reentrant), bob.addr, PRO);
        openByPayer(mandate);
        travelTo(END);
        reentrant.arm(address(membership), abi.encodeCall(IMembership.cancel, (NONCE)));
        renew(mandate);
        assertTrue(reentrant.succeeded(), "cancelled in between");
        assertMandate(mandate, 2, END, true);
        assertEq(membership.membershipOf(bob.addr).end, END + PERIOD, "end");
        travelTo(END + PERIOD);
        expectRenewRevert(mandate, notOpen(mandate));
    }

    // ------------------------------------------------------------------ opened before it was due

    function test_Renew_GivenItWasOpenedWhileTheSameTierRan() public {
        pay(alice.addr, alice.addr, PRO, 2);
        IMembership.Mandate memory mandate = _own(PRO);
        openAndAssertUncharged(mandate, signMandate(alice, mandate));
        travelTo(END);
        expectRenewRevert(mandate, notDue(END + PERIOD - RENEWAL_LEAD, END + PERIOD + RENEWAL_WINDOW));
        travelTo(END + PERIOD - RENEWAL_LEAD);
        renewAndAssert(mandate, 1, running(PRO, START, block.timestamp, END + 2 * PERIOD, 2 * PRO_FEE / 20 + PRO_FEE));
    }

    function test_Renew_GivenNormalRan_WhenItIsAGiftOfPro() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        IMembership.Mandate memory mandate = mandateFor(carol.addr, alice.addr, PRO);
        openAndAssertUncharged(mandate, signMandate(carol, mandate));
        _expectNotDueAt(mandate, END - 1);
        _expectNotDueAt(mandate, END + RENEWAL_WINDOW + 1);
        _renewsAt(mandate, END, 1, running(PRO, END, END, END + PERIOD, PRO_FEE));
        uint256 last = END + RENEWAL_WINDOW;
        _renewsAt(mandate, last, 1, running(PRO, last, last, last + PERIOD, PRO_FEE));
    }

    function test_Renew_GivenProRan_WhenItIsForNormal() public {
        pay(alice.addr, alice.addr, PRO, 1);
        IMembership.Mandate memory mandate = _own(NORMAL);
        openAndAssertUncharged(mandate, signMandate(alice, mandate));
        _expectNotDueAt(mandate, END - 1);
        _expectNotDueAt(mandate, END + RENEWAL_WINDOW + 1);
        _renewsAt(mandate, END, 1, running(NORMAL, END, END, END + PERIOD, NORMAL_FEE));
        uint256 last = END + RENEWAL_WINDOW;
        _renewsAt(mandate, last, 1, running(NORMAL, last, last, last + PERIOD, NORMAL_FEE));
    }

    function test_Renew_GivenItWasOpenedLongAfterTheTierLapsed() public {
        pay(alice.addr, alice.addr, PRO, 1);
        travelTo(END + 100 days);
        IMembership.Mandate memory mandate = _openOwn(PRO);
        uint256 opened = block.timestamp;
        assertMandate(mandate, 1, opened, false);
        travelTo(opened + PERIOD);
        renewAndAssert(mandate, 2, running(PRO, opened, opened + PERIOD, opened + 2 * PERIOD, PRO_FEE));
    }

    // ------------------------------------------------------------------ more than one payer

    function test_Renew_GivenTwoMandatesForOneBeneficiary() public {
        IMembership.Mandate memory own = _openOwn(PRO);
        IMembership.Mandate memory sponsored = mandateFor(carol.addr, alice.addr, PRO);
        openAndAssertUncharged(sponsored, signMandate(carol, sponsored));

        travelTo(END - RENEWAL_LEAD);
        renewAndAssert(sponsored, 1, running(PRO, START, block.timestamp, END + PERIOD, PRO_FEE / 10 + PRO_FEE));
        expectRenewRevert(own, notDue(END + PERIOD - RENEWAL_LEAD, END + PERIOD + RENEWAL_WINDOW));

        travelTo(END + PERIOD);
        renewAndAssert(own, 2, running(PRO, START, block.timestamp, END + 2 * PERIOD, PRO_FEE));
        expectRenewRevert(sponsored, notDue(END + 2 * PERIOD - RENEWAL_LEAD, END + 2 * PERIOD + RENEWAL_WINDOW));
    }

    function test_Renew_GivenSomebodyGaveTheSameTier() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END - RENEWAL_LEAD);
        pay(bob.addr, alice.addr, PRO, 1);
        expectRenewRevert(mandate, notDue(END + PERIOD - RENEWAL_LEAD, END + PERIOD + RENEWAL_WINDOW));
        travelTo(END + PERIOD);
        renewAndAssert(mandate, 2, running(PRO, START, END + PERIOD, END + 2 * PERIOD, PRO_FEE));
    }

    function test_Renew_GivenTheMemberBoughtTheSameTier() public {
        IMembership.Mandate memory mandate = _openOwn(NORMAL);
        travelTo(END + 1 days);
        pay(alice.addr, alice.addr, NORMAL, 1);
        expectRenewRevert(mandate, notDue(END + 1 days + PERIOD - RENEWAL_LEAD, END + 1 days + PERIOD + RENEWAL_WINDOW));
    }

    // ------------------------------------------------------------------ Normal given to a lapsed Pro

    function test_Renew_GivenNormalWasGivenToALapsedPro() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END);
        pay(bob.addr, alice.addr, NORMAL, 1);
        _expectNotDueAt(mandate, END + RENEWAL_WINDOW + 1);
        uint256[3] memory times = [uint256(END), END + 3 days, END + RENEWAL_WINDOW];
        for (uint256 i; i < times.length; ++i) {
            uint256 credit = NORMAL_FEE * (END + PERIOD - times[i]) / PERIOD;
            uint256 before = vm.snapshotState();
            travelTo(times[i]);
            assertRenewalTime(mandate, END, END + RENEWAL_WINDOW);
            renewAndAssert(
                mandate,
                2,
                Payment(alice.addr, alice.addr, PRO, 1, PRO_FEE - credit, credit),
                running(PRO, START, times[i], times[i] + PERIOD, PRO_FEE)
            );
            vm.revertToState(before);
        }
        // The window is over: Normal is waited for like any other tier.
        travelTo(END + RENEWAL_WINDOW + 1);
        assertRenewalTime(mandate, END + PERIOD, END + PERIOD + RENEWAL_WINDOW);
        travelTo(END + PERIOD);
        renewAndAssert(mandate, 2, running(PRO, END + PERIOD, END + PERIOD, END + 2 * PERIOD, PRO_FEE));
    }

    function test_Renew_GivenTheGiftIsWorthMoreThanTheFee() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END);
        pay(bob.addr, alice.addr, NORMAL, 12);
        approve(alice.addr, address(membership), 0);
        renewAndAssert(
            mandate,
            2,
            Payment(alice.addr, alice.addr, PRO, 1, 0, PRO_FEE),
            queued(PRO, START, END, END + PERIOD, PRO_FEE, NORMAL, 9 * PERIOD, 9 * NORMAL_FEE)
        );
    }

    function test_Renew_GivenProWasQueuedAsAGiftAsWell() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END);
        pay(bob.addr, alice.addr, NORMAL, 1);
        pay(bob.addr, alice.addr, PRO, 11);
        travelTo(END + RENEWAL_WINDOW);
        uint256 credit = NORMAL_FEE * 23 / 30;
        renewAndAssert(
            mandate,
            2,
            Payment(alice.addr, alice.addr, PRO, 1, PRO_FEE - credit, credit),
            running(PRO, START, block.timestamp, block.timestamp + 12 * PERIOD, 12 * PRO_FEE)
        );
    }

    function test_Renew_GivenNormalWasGivenToALapsedPro_WhenItIsSomebodyElses() public {
        IMembership.Mandate memory mandate = mandateFor(carol.addr, alice.addr, PRO);
        openByPayer(mandate);
        travelTo(END);
        pay(bob.addr, alice.addr, NORMAL, 1);
        expectRenewRevert(mandate, notDue(END + PERIOD, END + PERIOD + RENEWAL_WINDOW));
        travelTo(END + PERIOD);
        renewAndAssert(mandate, 2, running(PRO, END + PERIOD, END + PERIOD, END + 2 * PERIOD, PRO_FEE));
    }

    // ------------------------------------------------------------------ queued tiers

    function test_Renew_GivenNormalIsQueued_WhenItIsForPro() public {
        IMembership.Mandate memory own = _openOwn(PRO);
        IMembership.Mandate memory sponsored = mandateFor(carol.addr, alice.addr, PRO);
        openByPayer(sponsored);
        pay(alice.addr, alice.addr, NORMAL, 1);
        IMembership.Account memory expected =
            queued(PRO, START, END - 1, END + PERIOD, PRO_FEE / PERIOD + PRO_FEE, NORMAL, PERIOD, NORMAL_FEE);
        _renewsAt(own, END - 1, 2, expected);
        _renewsAt(sponsored, END - 1, 1, expected);

        travelTo(END);
        expectRenewRevert(sponsored, notDue(END + PERIOD, END + PERIOD + RENEWAL_WINDOW));
        renewAndAssert(
            own,
            2,
            Payment(alice.addr, alice.addr, PRO, 1, PRO_FEE - NORMAL_FEE, NORMAL_FEE),
            running(PRO, START, END, END + PERIOD, PRO_FEE)
        );
    }

    function test_Renew_GivenNormalIsQueued_WhenItIsForNormal() public {
        pay(alice.addr, alice.addr, PRO, 1);
        pay(alice.addr, alice.addr, NORMAL, 1);
        IMembership.Mandate memory mandate = _own(NORMAL);
        openAndAssertUncharged(mandate, signMandate(alice, mandate));
        assertRenewalTime(mandate, END + PERIOD - RENEWAL_LEAD, END + PERIOD + RENEWAL_WINDOW);
        _expectNotDueAt(mandate, END);
        _expectNotDueAt(mandate, END + PERIOD - RENEWAL_LEAD - 1);
        travelTo(END + PERIOD - RENEWAL_LEAD);
        renewAndAssert(
            mandate, 1, running(NORMAL, END, block.timestamp, END + 2 * PERIOD, NORMAL_FEE / 10 + NORMAL_FEE)
        );
    }

    function test_Renew_GivenWhatIsQueuedIsShorterThanTheLead() public {
        // The upgrade leaves a day of Normal behind Pro.
        setFee(PRO, NORMAL_FEE * 29 / 30);
        pay(alice.addr, alice.addr, NORMAL, 1);
        pay(alice.addr, alice.addr, PRO, 1);
        IMembership.Mandate memory mandate = _own(NORMAL);
        openAndAssertUncharged(mandate, signMandate(alice, mandate));
        uint256 rest = membership.membershipOf(alice.addr).nextDuration;
        assertApproxEqAbs(rest, 1 days, 1, "Normal time behind Pro");
        assertRenewalTime(mandate, END, END + rest + RENEWAL_WINDOW);
        _expectNotDueAt(mandate, END - 1);
        travelTo(END);
        renew(mandate);
        assertEq(membership.membershipOf(alice.addr).end, END + rest + PERIOD, "end");
    }

    // ------------------------------------------------------------------ any course

    /// @dev Three mandates, gifts, upgrades and cancelling in any course.
    function testFuzz_Renew_ChargesNoMoreThanWasAgreed(uint256 seed) public {
        IMembership.Mandate[3] memory mandates =
            [_own(PRO), mandateFor(carol.addr, alice.addr, PRO), mandateFor(bob.addr, alice.addr, NORMAL)];
        uint256[3] memory lastAt;
        uint256[3] memory count;
        for (uint256 i; i < mandates.length; ++i) {
            mandates[i].periods = 3;
            if (openByPayer(mandates[i]) != 0) (lastAt[i], count[i]) = (block.timestamp, 1);
        }
        for (uint256 i; i < 24; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            travel(draw % 12 days);
            if (draw >> 64 & 3 == 0) _tryGift(draw);
            uint256 chosen = (draw >> 128) % 3;
            IMembership.Mandate memory mandate = mandates[chosen];
            (IMembership.Tier before,) = membership.standingOf(alice.addr);
            try membership.renew(mandate) returns (uint256 amount) {
                assertLe(amount, mandate.maxAmount, "amount");
                if (lastAt[chosen] != 0) {
                    assertGe(block.timestamp, lastAt[chosen] + PERIOD - RENEWAL_LEAD, "time between charges");
                }
                if (before != LIGHT && before != mandate.tier) {
                    assertEq(mandate.payer, alice.addr, "who may charge while another tier runs");
                    assertEq(uint8(mandate.tier), uint8(PRO), "what goes on while another tier runs");
                }
                (lastAt[chosen], count[chosen]) = (block.timestamp, count[chosen] + 1);
            } catch {}
            assertEq(membership.mandateOf(mandate.payer, NONCE).charged, count[chosen], "charged");
            assertLe(count[chosen], mandate.periods, "periods");
        }
    }

    // ------------------------------------------------------------------ renewalTime

    function test_RenewalTime_GivenNobodyEverPaid() public view {
        assertRenewalTime(_own(PRO), 0, RENEWAL_WINDOW);
    }

    function test_RenewalTime_GivenTheEndIsLongPast() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END + 100 days);
        assertRenewalTime(mandate, END, END + RENEWAL_WINDOW);
    }

    function test_RenewalTime_GivenTheTierIsQueued() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        pay(bob.addr, alice.addr, PRO, 2);
        assertRenewalTime(
            mandateFor(carol.addr, alice.addr, PRO), END + 2 * PERIOD - RENEWAL_LEAD, END + 2 * PERIOD + RENEWAL_WINDOW
        );
        assertRenewalTime(_own(PRO), END + 2 * PERIOD - RENEWAL_LEAD, END + 2 * PERIOD + RENEWAL_WINDOW);
        assertRenewalTime(_own(NORMAL), END - RENEWAL_LEAD, END + RENEWAL_WINDOW);
    }

    /// @dev What `renewalTime` says is what `renew` does, at each edge.
    function testFuzz_RenewalTime_IsWhenRenewalsAreTaken(uint256 seed, bool own, bool pro) public {
        IMembership.Mandate memory mandate = mandateFor(own ? alice.addr : carol.addr, alice.addr, pro ? PRO : NORMAL);
        openByPayer(mandate);
        for (uint256 i; i < 3; ++i) {
            travel(uint256(keccak256(abi.encode(seed, i))) % 20 days);
            _tryGift(uint256(keccak256(abi.encode(seed, i, "gift"))));
        }
        (uint40 from, uint40 until) = membership.renewalTime(mandate);
        if (block.timestamp > until) return expectRenewRevert(mandate, notDue(from, until));
        if (block.timestamp < from) {
            travelTo(from - 1);
            if (block.timestamp == from - 1) expectRenewRevert(mandate, notDue(from, until));
            travelTo(from);
        }
        renew(mandate);
    }

    // ------------------------------------------------------------------ events

    /// @dev A keeper that knows nothing but the logs.
    function test_Events_SufficeToRenew() public {
        vm.recordLogs();
        open(_own(PRO), signMandate(alice, _own(PRO)));
        IMembership.Mandate memory sponsored = mandateFor(carol.addr, bob.addr, NORMAL);
        sponsored.nonce = 7;
        sponsored.periods = 3;
        open(sponsored, signMandate(carol, sponsored));
        IMembership.Mandate memory ended = mandateFor(bob.addr, carol.addr, NORMAL);
        open(ended, signMandate(bob, ended));
        cancel(bob.addr, NONCE);

        Vm.Log[] memory events = eventsOf(address(membership));
        travelTo(END);
        uint256 renewed;
        for (uint256 i; i < events.length; ++i) {
            if (events[i].topics[0] != IMembership.MandateOpened.selector) continue;
            IMembership.Mandate memory mandate = _mandateIn(events[i]);
            (uint16 charged, uint40 chargedAt, bool hasEnded) = _readState(events, mandate.payer, mandate.nonce);
            assertMandate(mandate, charged, chargedAt, hasEnded);
            if (hasEnded) continue;
            renew(mandate);
            assertMandate(mandate, charged + 1, END, false);
            ++renewed;
        }
        assertEq(renewed, 2, "renewed");
    }

    // ------------------------------------------------------------------ helpers

    function _own(IMembership.Tier tier) private view returns (IMembership.Mandate memory mandate) {
        mandate = mandateFor(alice.addr, alice.addr, tier);
        (mandate.deadline, mandate.expiry) = (START + 365 days, START + 730 days);
    }

    function _openOwn(IMembership.Tier tier) private returns (IMembership.Mandate memory mandate) {
        mandate = _own(tier);
        openByPayer(mandate);
    }

    /// @dev At `time` it isn't due; afterwards everything is as it was.
    function _expectNotDueAt(IMembership.Mandate memory mandate, uint256 time) private {
        uint256 before = vm.snapshotState();
        travelTo(time);
        (uint40 from, uint40 until) = membership.renewalTime(mandate);
        assertTrue(time < from || time > until, "outside the window");
        expectRenewRevert(mandate, notDue(from, until));
        vm.revertToState(before);
    }

    /// @dev The second charge of an own mandate would do as expected at `time`; afterwards everything is as it was.
    function _renewsAt(IMembership.Mandate memory mandate, uint256 time, uint256 end, uint256 value) private {
        _renewsAt(mandate, time, 2, running(mandate.tier, START, time, end, value));
    }

    function _renewsAt(
        IMembership.Mandate memory mandate,
        uint256 time,
        uint16 charged,
        IMembership.Account memory expected
    ) private {
        uint256 before = vm.snapshotState();
        travelTo(time);
        renewAndAssert(mandate, charged, expected);
        vm.revertToState(before);
    }

    /// @dev Bob gives alice something, or alice buys it, unless that is too far ahead.
    function _tryGift(uint256 draw) private {
        vm.prank(draw >> 192 & 1 == 0 ? bob.addr : alice.addr);
        try membership.pay(
            alice.addr, draw >> 200 & 1 == 0 ? NORMAL : PRO, uint16(1 + (draw >> 208) % 2), FUNDS, block.timestamp
        ) {}
            catch {}
    }

    function _mandateIn(Vm.Log memory log) private pure returns (IMembership.Mandate memory mandate) {
        mandate.payer = address(uint160(uint256(log.topics[1])));
        mandate.beneficiary = address(uint160(uint256(log.topics[2])));
        (
            mandate.nonce,
            mandate.tier,
            mandate.periods,
            mandate.maxCost,
            mandate.maxAmount,
            mandate.deadline,
            mandate.expiry
        ) = abi.decode(log.data, (uint256, IMembership.Tier, uint16, uint256, uint256, uint256, uint256));
    }

    function _readState(Vm.Log[] memory events, address payer, uint256 nonce)
        private
        pure
        returns (uint16 charged, uint40 chargedAt, bool hasEnded)
    {
        for (uint256 i; i < events.length; ++i) {
            bytes32 topic = events[i].topics[0];
            if (events[i].topics.length < 2 || events[i].topics[1] != bytes32(uint256(uint160(payer)))) continue;
            if (topic == IMembership.MandateCharged.selector) {
                (uint256 of_, uint16 times, uint40 at) = abi.decode(events[i].data, (uint256, uint16, uint40));
                if (of_ == nonce) (charged, chargedAt) = (times, at);
            }
            if (topic == IMembership.MandateEnded.selector && abi.decode(events[i].data, (uint256)) == nonce) {
                hasEnded = true;
            }
        }
    }
}
