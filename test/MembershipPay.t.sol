// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {stdError} from "forge-std/StdError.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IReferencePrice} from "../contracts/interfaces/IReferencePrice.sol";
import {MembershipBaseTest} from "./helpers/MembershipBaseTest.sol";
import {FalseToken} from "./mocks/FalseToken.sol";
import {PlainToken} from "./mocks/PlainToken.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";
import {SilentToken} from "./mocks/SilentToken.sol";
import {TaxedToken} from "./mocks/TaxedToken.sol";

contract MembershipPayTest is MembershipBaseTest {
    // ------------------------------------------------------------------ pay: refusals

    function test_Pay_RevertGiven_Paused() public {
        vm.prank(guardian);
        membership.pause();
        expectPayRevert(alice.addr, alice.addr, NORMAL, 1, abi.encodeWithSelector(Pausable.EnforcedPause.selector));
    }

    function test_Pay_RevertGiven_PriceIsStale() public {
        (, uint40 postedAt) = referencePrice.latestPrice();
        skip(uint256(MAXIMUM_AGE) + 1);
        expectPayRevert(
            alice.addr,
            alice.addr,
            NORMAL,
            1,
            abi.encodeWithSelector(IReferencePrice.PriceStale.selector, postedAt, MAXIMUM_AGE)
        );
    }

    function test_Pay_RevertWhen_TierIsLight() public {
        expectPayRevert(
            alice.addr, alice.addr, LIGHT, 1, abi.encodeWithSelector(IMembership.TierNotForSale.selector, LIGHT)
        );
    }

    function test_Pay_RevertWhen_NoPeriods() public {
        _expectPeriodsOutOfRange(0);
    }

    function test_Pay_RevertWhen_MorePeriodsThanMayBePrepaid() public {
        _expectPeriodsOutOfRange(MAXIMUM_PERIODS + 1);
        _expectPeriodsOutOfRange(type(uint16).max);
    }

    function test_Pay_RevertWhen_BeneficiaryIsZero() public {
        expectPayRevert(alice.addr, address(0), NORMAL, 1, abi.encodeWithSelector(IMembership.BeneficiaryZero.selector));
    }

    function test_Pay_RevertWhen_DeadlineWasASecondAgo() public {
        uint256 deadline = block.timestamp - 1;
        vm.expectRevert(abi.encodeWithSelector(IMembership.DeadlinePassed.selector, deadline));
        vm.prank(alice.addr);
        membership.pay(alice.addr, NORMAL, 1, type(uint256).max, deadline);
    }

    function test_Pay_RevertWhen_AmountIsAWeiAboveTheMaximum() public {
        uint256 amount = amountFor(NORMAL_FEE);
        vm.expectRevert(abi.encodeWithSelector(IMembership.AmountAboveMaximum.selector, amount, amount - 1));
        vm.prank(alice.addr);
        membership.pay(alice.addr, NORMAL, 1, amount - 1, block.timestamp);
    }

    function test_Pay_RevertGiven_AllowanceIsAWeiShort() public {
        uint256 amount = amountFor(NORMAL_FEE);
        approve(alice.addr, address(membership), amount - 1);
        (,, uint256 lastPart) = partsOf(amount);
        expectPayRevert(
            alice.addr,
            alice.addr,
            NORMAL,
            1,
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(membership), lastPart - 1, lastPart
            )
        );
    }

    function test_Pay_RevertGiven_BalanceIsAWeiShort() public {
        uint256 amount = amountFor(NORMAL_FEE);
        send(alice.addr, treasury, FUNDS - amount + 1);
        (,, uint256 lastPart) = partsOf(amount);
        expectPayRevert(
            alice.addr,
            alice.addr,
            NORMAL,
            1,
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice.addr, lastPart - 1, lastPart)
        );
    }

    // ------------------------------------------------------------------ pay: tokens that misbehave

    function test_Pay_RevertWhen_TokenKeepsAPart() public {
        TaxedToken taxed = new TaxedToken(treasury, SUPPLY);
        deployFor(address(taxed));
        taxed.setTax(1);
        (uint256 sent,,) = partsOf(amountFor(NORMAL_FEE));
        expectPayRevert(
            alice.addr,
            alice.addr,
            NORMAL,
            1,
            abi.encodeWithSelector(
                IMembership.PoolReceivedLess.selector, address(rewardPool), sent, sent - sent / BASIS_POINTS
            )
        );

        taxed.setTax(0);
        pay(alice.addr, alice.addr, NORMAL, 1);
        assertTier(alice.addr, NORMAL, "tier once the tax is gone");
    }

    function test_Pay_RevertWhen_TokenAnswersFalse() public {
        FalseToken refusing = new FalseToken(treasury, SUPPLY);
        deployFor(address(refusing));
        refusing.setRefuses(true);
        expectPayRevert(
            alice.addr,
            alice.addr,
            NORMAL,
            1,
            abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(refusing))
        );
    }

    function test_Pay_WhenTokenAnswersNothing() public {
        deployFor(address(new SilentToken(treasury, SUPPLY)));
        payAndAssert(plain(alice.addr, alice.addr, PRO, 2), _first(PRO, 2));
    }

    function test_Pay_WhenTokenCallsBack() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        deployFor(address(reentrant));
        fund(address(reentrant));
        reentrant.arm(
            address(membership),
            abi.encodeCall(IMembership.pay, (address(reentrant), PRO, 1, type(uint256).max, block.timestamp))
        );
        payAndAssert(plain(alice.addr, alice.addr, NORMAL, 1), _first(NORMAL, 1));

        assertTrue(reentrant.called(), "called back");
        assertFalse(reentrant.succeeded(), "inner payment");
        assertEq(
            reentrant.answer(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "refusal"
        );
        assertTier(address(reentrant), LIGHT, "tier of the token");
        assertEq(token.balanceOf(address(reentrant)), FUNDS, "token's own balance");
    }

    // ------------------------------------------------------------------ pay: what it does

    function test_Pay_GivenBeneficiaryNeverPaid() public {
        payAndAssert(plain(alice.addr, alice.addr, NORMAL, 1), _first(NORMAL, 1));
    }

    function test_Pay_WhenItIsAGift() public {
        payAndAssert(plain(alice.addr, bob.addr, PRO, 3), _first(PRO, 3));
        assertTier(alice.addr, LIGHT, "giver's tier");
    }

    function test_Pay_WhenDeadlineAndMaximumAreMetExactly() public {
        uint256 amount = amountFor(PRO_FEE);
        approve(alice.addr, address(membership), amount);
        vm.prank(alice.addr);
        uint256 returned = membership.pay(alice.addr, PRO, 1, amount, block.timestamp);
        assertEq(returned, amount, "returned amount");
        assertEq(token.allowance(alice.addr, address(membership)), 0, "allowance");
        assertTier(alice.addr, PRO, "tier");
    }

    /// @dev At any price and fee and for any purchase: rounded up, charged to the caller alone, nothing lost and nothing kept.
    function testFuzz_Pay_ChargesRoundedUpAndSplitsAll(uint256 price, uint256 fee, uint16 periods, bool pro) public {
        price = _moveTo(price);
        fee = bound(fee, LOWEST_FEE, 100e18);
        periods = uint16(bound(periods, 1, MAXIMUM_PERIODS));
        IMembership.Tier tier = pro ? PRO : NORMAL;
        configure(address(membership), abi.encodeCall(IMembership.setFee, (tier, fee)));

        uint256 cost = fee * periods;
        uint256 amount = amountFor(cost);
        assertGe(amount * UNIT, cost * price, "amount covers the cost");
        assertLt(amount * UNIT, cost * price + UNIT, "amount is not a wei too much");
        uint256 end = block.timestamp + uint256(periods) * PERIOD;
        payAndAssert(
            Payment(alice.addr, bob.addr, tier, periods, cost, 0),
            running(tier, block.timestamp, block.timestamp, end, cost)
        );
    }

    function test_Pay_WhenAmountIsNotWhole_RoundsUp() public {
        configure(address(membership), abi.encodeCall(IMembership.setFee, (NORMAL, LOWEST_FEE + 1)));
        // 0.01 and a wei, at 2.5: a half is left over.
        assertEq(pay(alice.addr, alice.addr, NORMAL, 1), LOWEST_FEE * 5 / 2 + 3, "returned amount");
    }

    function test_Pay_GivenSameTierIsRunning() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        travel(10 days);
        uint256 unused = NORMAL_FEE * 20 / 30;
        payAndAssert(
            plain(alice.addr, alice.addr, NORMAL, 2),
            running(NORMAL, START, START + 10 days, START + 3 * PERIOD, unused + 2 * NORMAL_FEE)
        );
    }

    function test_Pay_GivenSameTierIsRunningAndSomebodyElsePays() public {
        pay(alice.addr, alice.addr, PRO, 1);
        travel(10 days);
        payAndAssert(
            plain(bob.addr, alice.addr, PRO, 1),
            running(PRO, START, START + 10 days, START + 2 * PERIOD, PRO_FEE * 20 / 30 + PRO_FEE)
        );
    }

    function test_Pay_WhenEndComesToExactlyTheMaximumAhead() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        payAndAssert(
            plain(alice.addr, alice.addr, NORMAL, 11),
            running(NORMAL, START, START, START + 12 * PERIOD, 12 * NORMAL_FEE)
        );
    }

    function test_Pay_RevertWhen_EndWouldComeLaterThanTheMaximumAhead() public {
        pay(alice.addr, alice.addr, NORMAL, 12);
        travel(PERIOD - 1);
        expectPayRevert(
            alice.addr,
            alice.addr,
            NORMAL,
            1,
            abi.encodeWithSelector(
                IMembership.PrepaidTooFar.selector, START + 13 * PERIOD, block.timestamp + 12 * PERIOD
            )
        );
        travel(1);
        pay(alice.addr, alice.addr, NORMAL, 1);
        assertEq(membership.membershipOf(alice.addr).end, START + 13 * PERIOD, "end a second later");
    }

    function test_Pay_GivenSameTierRanOutWithinTheRenewalWindow() public {
        pay(alice.addr, alice.addr, PRO, 1);
        travel(PERIOD + RENEWAL_WINDOW);
        assertStanding(alice.addr, LIGHT, 0);
        payAndAssert(
            plain(alice.addr, alice.addr, PRO, 1),
            running(PRO, START, block.timestamp, block.timestamp + PERIOD, PRO_FEE)
        );
    }

    function test_Pay_GivenSameTierRanOutLongerAgo() public {
        pay(alice.addr, alice.addr, PRO, 1);
        travel(PERIOD + RENEWAL_WINDOW + 1);
        payAndAssert(
            plain(alice.addr, alice.addr, PRO, 1),
            running(PRO, block.timestamp, block.timestamp, block.timestamp + PERIOD, PRO_FEE)
        );
    }

    function test_Pay_GivenAnotherTierRanOut() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        travel(PERIOD);
        payAndAssert(
            plain(alice.addr, alice.addr, PRO, 1),
            running(PRO, block.timestamp, block.timestamp, block.timestamp + PERIOD, PRO_FEE)
        );
    }

    function test_Pay_GivenTheLastSecondIsRunning() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        travel(PERIOD - 1);
        uint256 unused = NORMAL_FEE / PERIOD;
        payAndAssert(
            plain(alice.addr, alice.addr, NORMAL, 1),
            running(NORMAL, START, block.timestamp, START + 2 * PERIOD, unused + NORMAL_FEE)
        );
    }

    function testFuzz_Pay_ValuesUnusedTimeRoundedDown(uint256 passed, uint16 first, uint16 second) public {
        first = uint16(bound(first, 1, 6));
        second = uint16(bound(second, 1, 6));
        passed = bound(passed, 0, first * PERIOD - 1);
        pay(alice.addr, alice.addr, NORMAL, first);
        travel(passed);

        uint256 left = first * PERIOD - passed;
        uint256 unused = first * NORMAL_FEE * left / (first * PERIOD);
        payAndAssert(
            plain(alice.addr, alice.addr, NORMAL, second),
            running(
                NORMAL, START, block.timestamp, START + uint256(first + second) * PERIOD, unused + second * NORMAL_FEE
            )
        );
    }

    // ------------------------------------------------------------------ payWithPermit

    function test_PayWithPermit_WhenPermitIsGood() public {
        approve(alice.addr, address(membership), 0);
        Payment memory payment = plain(alice.addr, alice.addr, PRO, 1);
        IMembership.Permit memory permit = signPermit(alice, address(membership), amountFor(PRO_FEE), block.timestamp);
        expectPayment(payment, _first(PRO, 1));
        assertPayment(payment, _first(PRO, 1), _payWithPermit(alice.addr, permit));
        assertEq(token.allowance(alice.addr, address(membership)), 0, "allowance");
    }

    function test_PayWithPermit_WhenSomebodySubmittedThePermitEarlier() public {
        approve(alice.addr, address(membership), 0);
        IMembership.Permit memory permit = signPermit(alice, address(membership), amountFor(PRO_FEE), block.timestamp);
        vm.prank(stranger);
        btsc.permit(alice.addr, address(membership), permit.value, permit.deadline, permit.v, permit.r, permit.s);

        Payment memory payment = plain(alice.addr, alice.addr, PRO, 1);
        expectPayment(payment, _first(PRO, 1));
        assertPayment(payment, _first(PRO, 1), _payWithPermit(alice.addr, permit));
    }

    function test_PayWithPermit_WhenPermitIsBadAndAllowanceSuffices() public {
        IMembership.Permit memory permit = signPermit(bob, address(membership), 1, block.timestamp - 1);
        Payment memory payment = plain(alice.addr, alice.addr, PRO, 1);
        expectPayment(payment, _first(PRO, 1));
        assertPayment(payment, _first(PRO, 1), _payWithPermit(alice.addr, permit));
    }

    function test_PayWithPermit_RevertWhen_PermitIsBadAndThereIsNoAllowance() public {
        approve(alice.addr, address(membership), 0);
        IMembership.Permit memory permit = signPermit(bob, address(membership), amountFor(PRO_FEE), block.timestamp);
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        _payWithPermit(alice.addr, permit);
        assertTier(alice.addr, LIGHT, "tier");
    }

    function test_PayWithPermit_WhenTokenHasNoPermit() public {
        IMembership.Permit memory permit = signPermit(alice, address(membership), amountFor(PRO_FEE), block.timestamp);
        deployFor(address(new PlainToken(treasury, SUPPLY)));
        Payment memory payment = plain(alice.addr, alice.addr, PRO, 1);
        expectPayment(payment, _first(PRO, 1));
        assertPayment(payment, _first(PRO, 1), _payWithPermit(alice.addr, permit));
    }

    function test_PayWithPermit_WhenTokenSwallowsThePermit() public {
        IMembership.Permit memory permit = signPermit(alice, address(membership), amountFor(PRO_FEE), block.timestamp);
        deployFor(address(new SilentToken(treasury, SUPPLY)));
        Payment memory payment = plain(alice.addr, alice.addr, PRO, 1);
        expectPayment(payment, _first(PRO, 1));
        assertPayment(payment, _first(PRO, 1), _payWithPermit(alice.addr, permit));

        approve(bob.addr, address(membership), 0);
        vm.expectRevert(stdError.arithmeticError);
        _payWithPermit(bob.addr, permit);
        assertTier(bob.addr, LIGHT, "tier without an allowance");
    }

    function test_PayWithPermit_RevertWhen_OutsideItsLimits() public {
        IMembership.Permit memory permit = signPermit(alice, address(membership), amountFor(PRO_FEE), block.timestamp);
        uint256 amount = amountFor(PRO_FEE);
        vm.startPrank(alice.addr);
        vm.expectRevert(abi.encodeWithSelector(IMembership.DeadlinePassed.selector, block.timestamp - 1));
        membership.payWithPermit(alice.addr, PRO, 1, amount, block.timestamp - 1, permit);
        vm.expectRevert(abi.encodeWithSelector(IMembership.AmountAboveMaximum.selector, amount, amount - 1));
        membership.payWithPermit(alice.addr, PRO, 1, amount - 1, block.timestamp, permit);
        vm.stopPrank();
    }

    // ------------------------------------------------------------------ quote and views

    function testFuzz_Quote_EqualsWhatIsCharged(uint256 price, uint16 periods, bool pro, uint256 passed, bool own)
        public
    {
        price = _moveTo(price);
        periods = uint16(bound(periods, 1, 6));
        IMembership.Tier tier = pro ? PRO : NORMAL;
        pay(bob.addr, bob.addr, NORMAL, 6);
        travel(bound(passed, 0, 7 * PERIOD));
        address payer = own ? bob.addr : alice.addr;

        IMembership.Quote memory quoted = membership.quote(payer, bob.addr, tier, periods);
        assertEq(quoted.price, price, "price");
        assertEq(quoted.cost + quoted.credit, feeOf(tier) * periods, "cost and credit");
        assertEq(quoted.amount, amountFor(quoted.cost), "amount");
        watchBalances();
        assertEq(pay(payer, bob.addr, tier, periods), quoted.amount, "returned amount");
        assertLost(payer, quoted.amount, "payer's balance");
    }

    function test_Quote_RevertGiven_PriceIsStale() public {
        (, uint40 postedAt) = referencePrice.latestPrice();
        skip(uint256(MAXIMUM_AGE) + 1);
        vm.expectRevert(abi.encodeWithSelector(IReferencePrice.PriceStale.selector, postedAt, MAXIMUM_AGE));
        membership.quote(alice.addr, alice.addr, NORMAL, 1);
    }

    function test_Quote_RevertWhen_ThePaymentWould() public {
        vm.expectRevert(abi.encodeWithSelector(IMembership.TierNotForSale.selector, LIGHT));
        membership.quote(alice.addr, alice.addr, LIGHT, 1);
        vm.expectRevert(abi.encodeWithSelector(IMembership.PeriodsOutOfRange.selector, 0, MAXIMUM_PERIODS));
        membership.quote(alice.addr, alice.addr, PRO, 0);
        vm.expectRevert(IMembership.BeneficiaryZero.selector);
        membership.quote(alice.addr, address(0), PRO, 1);
        pay(alice.addr, alice.addr, PRO, 12);
        vm.expectRevert(
            abi.encodeWithSelector(IMembership.PrepaidTooFar.selector, START + 13 * PERIOD, START + 12 * PERIOD)
        );
        membership.quote(alice.addr, alice.addr, PRO, 1);
    }

    function test_Quote_GivenPausedAndWithoutAllowance() public {
        vm.prank(guardian);
        membership.pause();
        IMembership.Quote memory quoted = membership.quote(stranger, stranger, PRO, 1);
        assertEq(quoted.cost, PRO_FEE, "cost");
        assertEq(quoted.credit, 0, "credit");
        assertEq(quoted.amount, amountFor(PRO_FEE), "amount");
        assertEq(quoted.price, PRICE, "price");
    }

    function test_Views_GivenAddressWasNeverSeen() public view {
        assertStanding(stranger, LIGHT, 0);
        assertMembership(stranger, running(LIGHT, 0, 0, 0, 0));
    }

    function test_Views_WhenTimeRunsOut() public {
        pay(alice.addr, alice.addr, PRO, 1);
        IMembership.Account memory stored = membership.membershipOf(alice.addr);
        vm.warp(stored.end - 1);
        assertStanding(alice.addr, PRO, START);
        vm.warp(stored.end);
        assertStanding(alice.addr, LIGHT, 0);
        assertMembership(alice.addr, stored);
    }

    function test_Views_SayWhatWasGiven() public view {
        assertEq(membership.period(), PERIOD, "period");
        assertEq(membership.renewalWindow(), RENEWAL_WINDOW, "renewal window");
        assertEq(membership.maximumPeriods(), MAXIMUM_PERIODS, "maximum periods");
        assertEq(address(membership.token()), address(token), "token");
        assertEq(address(membership.referencePrice()), address(referencePrice), "price");
        (address reward, address operation, address staking_) = membership.pools();
        assertEq(reward, address(rewardPool), "reward pool");
        assertEq(operation, address(operationPool), "operation pool");
        assertEq(staking_, address(stakingPool), "staking pool");
        assertEq(membership.feeOf(LIGHT), 0, "fee of Light");
        assertEq(membership.feeOf(NORMAL), NORMAL_FEE, "fee of Normal");
        assertEq(membership.feeOf(PRO), PRO_FEE, "fee of Pro");
        (uint16 rewardShare, uint16 operationShare, uint16 stakingShare) = membership.split();
        assertEq(rewardShare, REWARD_SHARE, "reward share");
        assertEq(operationShare, OPERATION_SHARE, "operation share");
        assertEq(stakingShare, STAKING_SHARE, "staking share");
    }

    // ------------------------------------------------------------------ helpers

    /// @dev What a first purchase, made now, leaves.
    function _first(IMembership.Tier tier, uint16 periods) private view returns (IMembership.Account memory) {
        return running(
            tier, block.timestamp, block.timestamp, block.timestamp + uint256(periods) * PERIOD, periods * feeOf(tier)
        );
    }

    /// @dev Puts a price within a day's reach in force.
    function _moveTo(uint256 seed) private returns (uint256 price) {
        price = bound(seed, PRICE - PRICE * MAXIMUM_MOVE / BASIS_POINTS, PRICE + PRICE * MAXIMUM_MOVE / BASIS_POINTS);
        skip(1 hours);
        vm.prank(poster);
        referencePrice.post(price);
    }

    function _payWithPermit(address payer, IMembership.Permit memory permit) private returns (uint256) {
        vm.prank(payer);
        return membership.payWithPermit(payer, PRO, 1, type(uint256).max, block.timestamp, permit);
    }

    function _expectPeriodsOutOfRange(uint16 periods) private {
        expectPayRevert(
            alice.addr,
            alice.addr,
            NORMAL,
            periods,
            abi.encodeWithSelector(IMembership.PeriodsOutOfRange.selector, periods, MAXIMUM_PERIODS)
        );
    }
}
