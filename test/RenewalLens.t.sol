// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IGate} from "../contracts/interfaces/IGate.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IReferencePrice} from "../contracts/interfaces/IReferencePrice.sol";
import {IRenewalLens} from "../contracts/interfaces/IRenewalLens.sol";
import {MembershipBaseTest} from "./helpers/MembershipBaseTest.sol";

/// @dev Alice's own mandate for Pro, opened at START, of which the first period ends at END.
contract RenewalLensTest is MembershipBaseTest {
    uint40 private constant END = START + PERIOD;

    IRenewalLens.RenewalStatus private constant DUE = IRenewalLens.RenewalStatus.Due;

    IMembership.Mandate private _mandate;

    function setUp() public override {
        super.setUp();
        _mandate = _own(PRO);
        openByPayer(_mandate);
    }

    // ------------------------------------------------------------------ each status

    function test_RenewalStatus_GivenItWouldWork() public {
        travelTo(END - RENEWAL_LEAD);
        _assertRenewal(DUE, DUE);
        IRenewalLens.Renewal memory renewal = renewalLens.renewalStatus(_mandate);
        assertEq(renewal.dueFrom, END - RENEWAL_LEAD, "due from");
        assertEq(renewal.dueUntil, END + RENEWAL_WINDOW, "due until");
        assertEq(renewal.cost, PRO_FEE, "cost");
        assertEq(renewal.amount, amountFor(PRO_FEE), "amount");
        assertEq(renew(_mandate), renewal.amount, "charged");
        assertEq(address(renewalLens.membership()), address(membership), "membership");
    }

    function test_RenewalStatus_GivenItWasNeverOpened() public {
        travelTo(END);
        for (uint256 field; field < 9; ++field) {
            _mandate = changed(_own(PRO), field);
            _assertStatus(IRenewalLens.RenewalStatus.NotOpened);
        }
    }

    function test_RenewalStatus_GivenItWasCancelled() public {
        travelTo(END);
        cancel(alice.addr, NONCE);
        _assertRenewal(IRenewalLens.RenewalStatus.Cancelled, DUE);
    }

    function test_RenewalStatus_GivenAllPeriodsArePaidFor() public {
        _mandate.nonce = 1;
        _mandate.periods = 1;
        openByPayer(_mandate);
        travelTo(END);
        renew(_mandate);
        _assertRenewal(IRenewalLens.RenewalStatus.Exhausted, DUE);
    }

    function test_RenewalStatus_GivenItsExpiryIsOver() public {
        _mandate.nonce = 1;
        _mandate.expiry = END;
        openByPayer(_mandate);
        travelTo(END);
        _assertRenewal(DUE, DUE);
        travelTo(END + 1);
        _assertRenewal(IRenewalLens.RenewalStatus.Expired, DUE);
    }

    function test_RenewalStatus_GivenItIsNotDueYet() public {
        travelTo(END - RENEWAL_LEAD - 1);
        _assertRenewal(IRenewalLens.RenewalStatus.NotYetDue, DUE);
        approve(alice.addr, address(membership), amountFor(PRO_FEE) - 1);
        _assertRenewal(IRenewalLens.RenewalStatus.NotYetDue, IRenewalLens.RenewalStatus.AllowanceTooLow);
        travelTo(END - RENEWAL_LEAD);
        _assertStatus(IRenewalLens.RenewalStatus.AllowanceTooLow);
        approve(alice.addr, address(membership), amountFor(PRO_FEE));
        _assertRenewal(DUE, DUE);
    }

    function test_RenewalStatus_GivenNormalRuns() public {
        travelTo(END);
        pay(bob.addr, alice.addr, NORMAL, 1);
        travelTo(END + 3 days);
        IRenewalLens.Renewal memory renewal = renewalLens.renewalStatus(_mandate);
        uint256 credit = NORMAL_FEE * 27 / 30;
        _assertRenewal(DUE, DUE);
        assertEq(renewal.cost, PRO_FEE - credit, "cost, the gift credited");
        assertEq(renewal.amount, amountFor(PRO_FEE - credit), "amount, the gift credited");

        _mandate = mandateFor(carol.addr, alice.addr, PRO);
        openByPayer(_mandate);
        renewal = renewalLens.renewalStatus(_mandate);
        _assertRenewal(IRenewalLens.RenewalStatus.NotYetDue, DUE);
        assertEq(renewal.dueFrom, END + PERIOD, "due from");
        assertEq(renewal.cost, PRO_FEE, "cost of a sponsor's renewal");
    }

    function test_RenewalStatus_GivenItsWindowIsOver() public {
        travelTo(END + RENEWAL_WINDOW);
        _assertRenewal(DUE, DUE);
        travelTo(END + RENEWAL_WINDOW + 1);
        _assertRenewal(IRenewalLens.RenewalStatus.Lapsed, DUE);
        assertEq(renewalLens.renewalStatus(_mandate).dueUntil, END + RENEWAL_WINDOW, "due until");
    }

    function test_RenewalStatus_GivenItsWindowIsOverForAnOutageThatLasts() public {
        travelTo(END + 1 days);
        uint256 before = vm.snapshotState();
        pause();
        travelTo(END + 30 days);
        _assertStatus(IRenewalLens.RenewalStatus.PaymentsPaused);
        unpause();
        _assertStatus(DUE);

        vm.revertToState(before);
        skip(MAXIMUM_AGE + 30 days);
        _assertStatus(IRenewalLens.RenewalStatus.PriceStale);
        refreshPrice();
        _assertStatus(DUE);
    }

    function test_RenewalStatus_GivenRetired() public {
        retire();
        _assertRenewal(IRenewalLens.RenewalStatus.NotYetDue, IRenewalLens.RenewalStatus.ContractRetired);
        travelTo(END);
        _assertStatus(IRenewalLens.RenewalStatus.ContractRetired);
        pause();
        _assertStatus(IRenewalLens.RenewalStatus.ContractRetired);
    }

    function test_RenewalStatus_GivenPaused() public {
        pause();
        _assertRenewal(IRenewalLens.RenewalStatus.NotYetDue, IRenewalLens.RenewalStatus.PaymentsPaused);
        travelTo(END);
        _assertStatus(IRenewalLens.RenewalStatus.PaymentsPaused);
    }

    function test_RenewalStatus_GivenThePriceIsStale() public {
        travelTo(END);
        skip(MAXIMUM_AGE + 1);
        _assertStatus(IRenewalLens.RenewalStatus.PriceStale);
        IRenewalLens.Renewal memory renewal = renewalLens.renewalStatus(_mandate);
        assertEq(renewal.cost, PRO_FEE, "cost");
        assertEq(renewal.amount, 0, "amount");
        skip(PERIOD);
        _mandate = _own(NORMAL);
        _assertRenewal(IRenewalLens.RenewalStatus.NotOpened, IRenewalLens.RenewalStatus.PriceStale);
    }

    function test_RenewalStatus_GivenTheFeeIsAboveTheCap() public {
        setFee(PRO, PRO_FEE + 1);
        _assertRenewal(IRenewalLens.RenewalStatus.NotYetDue, IRenewalLens.RenewalStatus.CostAboveCap);
        travelTo(END);
        _assertStatus(IRenewalLens.RenewalStatus.CostAboveCap);
    }

    function test_RenewalStatus_GivenTheAmountIsAboveTheCap() public {
        postPrice(PRICE + 1);
        _assertRenewal(IRenewalLens.RenewalStatus.NotYetDue, IRenewalLens.RenewalStatus.AmountAboveCap);
        assertEq(renewalLens.renewalStatus(_mandate).amount, _mandate.maxAmount + 30, "amount");
        travelTo(END);
        _assertStatus(IRenewalLens.RenewalStatus.AmountAboveCap);
    }

    function test_RenewalStatus_GivenTheAllowanceIsShort() public {
        travelTo(END);
        approve(alice.addr, address(membership), amountFor(PRO_FEE) - 1);
        _assertStatus(IRenewalLens.RenewalStatus.AllowanceTooLow);
        approve(alice.addr, address(membership), amountFor(PRO_FEE));
        _assertStatus(DUE);
    }

    function test_RenewalStatus_GivenTheBalanceIsShort() public {
        travelTo(END);
        send(alice.addr, carol.addr, token.balanceOf(alice.addr) - amountFor(PRO_FEE) + 1);
        _assertStatus(IRenewalLens.RenewalStatus.BalanceTooLow);
        send(carol.addr, alice.addr, 1);
        _assertStatus(DUE);
    }

    /// @dev A renewal never reaches too far: what runs ends in three days, and a gift of Pro behind Normal leaves room.
    function test_RenewalStatus_GivenItWouldReachTooFar() public {
        travelTo(END);
        vm.mockCall(address(membership), abi.encodeCall(IMembership.maximumPeriods, ()), abi.encode(uint16(0)));
        IRenewalLens.Renewal memory renewal = renewalLens.renewalStatus(_mandate);
        assertEq(uint8(renewal.status), uint8(IRenewalLens.RenewalStatus.PrepaidTooFar), "status");
        assertEq(uint8(renewal.obstacle), uint8(IRenewalLens.RenewalStatus.PrepaidTooFar), "obstacle");
    }

    function test_RenewalStatus_GivenAMandateThatMakesNoSense() public {
        IMembership.Mandate memory empty;
        _mandate = empty;
        _assertStatus(IRenewalLens.RenewalStatus.NotOpened);
        _mandate = _own(LIGHT);
        _assertStatus(IRenewalLens.RenewalStatus.NotOpened);
        (_mandate.beneficiary, _mandate.maxAmount) = (address(0), type(uint256).max);
        _assertStatus(IRenewalLens.RenewalStatus.NotOpened);
    }

    // ------------------------------------------------------------------ any state

    /// @dev Whatever was done before: it is Due exactly when `renew` works, and says what `renew` says otherwise.
    function testFuzz_RenewalStatus_IsWhatRenewDoes(uint256 seed) public {
        _mandate = _draw(seed);
        openByPayer(_mandate);
        for (uint256 i; i < 6; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            _disturb(draw);
            _assertIsWhatRenewDoes();
            _assertForetells();
        }
    }

    // ------------------------------------------------------------------ helpers

    function _own(IMembership.Tier tier) private view returns (IMembership.Mandate memory mandate) {
        mandate = mandateFor(alice.addr, alice.addr, tier);
        (mandate.deadline, mandate.expiry) = (START + 365 days, START + 730 days);
    }

    function _assertStatus(IRenewalLens.RenewalStatus status) private {
        IRenewalLens.Renewal memory renewal = renewalLens.renewalStatus(_mandate);
        assertEq(uint8(renewal.status), uint8(status), "status");
        if (status == DUE || status >= IRenewalLens.RenewalStatus.ContractRetired) {
            assertEq(uint8(renewal.obstacle), uint8(status), "obstacle");
        }
        _assertIsWhatRenewDoes();
    }

    function _assertRenewal(IRenewalLens.RenewalStatus status, IRenewalLens.RenewalStatus obstacle) private {
        IRenewalLens.Renewal memory renewal = renewalLens.renewalStatus(_mandate);
        assertEq(uint8(renewal.status), uint8(status), "status");
        assertEq(uint8(renewal.obstacle), uint8(obstacle), "obstacle");
        _assertIsWhatRenewDoes();
    }

    /// @dev Tries `renew` and takes it back.
    function _assertIsWhatRenewDoes() private {
        IRenewalLens.Renewal memory renewal = renewalLens.renewalStatus(_mandate);
        uint256 before = vm.snapshotState();
        vm.prank(relayer);
        try membership.renew(_mandate) returns (uint256 amount) {
            assertEq(uint8(renewal.status), uint8(DUE), "status of a renewal that works");
            assertEq(uint8(renewal.obstacle), uint8(DUE), "obstacle of a renewal that works");
            assertEq(renewal.amount, amount, "amount");
        } catch (bytes memory reason) {
            assertTrue(renewal.status != DUE, "Due, and does not work");
            assertTrue(_agree(renewal.status, bytes4(reason)), _describe(renewal.status, reason));
        }
        vm.revertToState(before);
    }

    /// @dev If nothing happens, what is in the way now is in the way when it is due.
    function _assertForetells() private {
        IRenewalLens.Renewal memory renewal = renewalLens.renewalStatus(_mandate);
        if (renewal.status != IRenewalLens.RenewalStatus.NotYetDue || renewal.dueFrom > _mandate.expiry) return;
        if (renewal.obstacle == IRenewalLens.RenewalStatus.PriceStale) return;
        uint256 before = vm.snapshotState();
        travelTo(renewal.dueFrom);
        IRenewalLens.Renewal memory then = renewalLens.renewalStatus(_mandate);
        assertEq(uint8(then.status), uint8(renewal.obstacle), "what is in the way when it is due");
        assertEq(then.cost, renewal.cost, "cost when it is due");
        vm.revertToState(before);
    }

    function _agree(IRenewalLens.RenewalStatus status, bytes4 reason) private view returns (bool) {
        // The gate comes first, whatever else there is to say.
        if (membership.paused()) return reason == Pausable.EnforcedPause.selector;
        if (membership.retired()) return reason == IGate.RetiredForGood.selector;
        if (status <= IRenewalLens.RenewalStatus.Cancelled) return reason == IMembership.MandateNotOpen.selector;
        if (status == IRenewalLens.RenewalStatus.Exhausted) return reason == IMembership.MandateExhausted.selector;
        if (status == IRenewalLens.RenewalStatus.Expired) {
            return reason == IMembership.DeadlinePassed.selector || reason == IMembership.RenewalNotDue.selector;
        }
        if (status <= IRenewalLens.RenewalStatus.Lapsed) return reason == IMembership.RenewalNotDue.selector;
        if (status == IRenewalLens.RenewalStatus.PriceStale) return reason == IReferencePrice.PriceStale.selector;
        if (status == IRenewalLens.RenewalStatus.CostAboveCap) return reason == IMembership.CostAboveMaximum.selector;
        if (status == IRenewalLens.RenewalStatus.AmountAboveCap) {
            return reason == IMembership.AmountAboveMaximum.selector;
        }
        // With both short, the transfers fail at whichever comes first.
        bool allowance = reason == IERC20Errors.ERC20InsufficientAllowance.selector;
        bool balance = reason == IERC20Errors.ERC20InsufficientBalance.selector;
        return status == IRenewalLens.RenewalStatus.AllowanceTooLow ? allowance || balance : balance;
    }

    function _describe(IRenewalLens.RenewalStatus status, bytes memory reason) private pure returns (string memory) {
        return string.concat("status ", vm.toString(uint8(status)), " against ", vm.toString(reason));
    }

    function _draw(uint256 seed) private view returns (IMembership.Mandate memory mandate) {
        mandate = mandateFor(seed & 1 == 0 ? alice.addr : carol.addr, alice.addr, seed >> 1 & 1 == 0 ? NORMAL : PRO);
        mandate.nonce = 1;
        mandate.periods = uint16(1 + (seed >> 8) % 3);
        mandate.expiry = START + 20 days + (seed >> 16) % 200 days;
        mandate.maxCost = mandate.maxCost * (100 + (seed >> 64) % 30) / 100;
        mandate.maxAmount = mandate.maxAmount * (100 + (seed >> 96) % 30) / 100;
    }

    function _disturb(uint256 draw) private {
        uint256 kind = draw % 16;
        uint256 value = draw >> 16;
        if (kind < 4) _travelToAnEdge(value);
        else if (kind < 6) travel(value % 15 days);
        else if (kind < 8) _tryPay(value);
        else if (kind == 8) _tryRenew();
        else if (kind == 9) setFee(value & 1 == 0 ? NORMAL : PRO, bound(value >> 1, 8e18, 36e18));
        else if (kind == 10) _tryPost(bound(value, PRICE * 9 / 10, PRICE * 11 / 10));
        else if (kind == 11) approve(_mandate.payer, address(membership), bound(value, 0, 2 * _mandate.maxAmount));
        else if (kind == 12) _leaveBalance(bound(value, 0, 2 * _mandate.maxAmount));
        else if (kind == 13) skip(value % 5 days);
        else if (kind == 14 && value & 3 == 0) _tryCancel();
        else _tryGate(value);
    }

    function _travelToAnEdge(uint256 draw) private {
        (uint40 from, uint40 until) = membership.renewalTime(_mandate);
        uint256[4] memory edges = [uint256(from), until, _mandate.expiry, uint256(from) + RENEWAL_LEAD];
        uint256 edge = edges[draw % 4] + (draw >> 8) % 3;
        if (edge > block.timestamp + 1) travelTo(edge - 1);
    }

    function _tryPay(uint256 draw) private {
        vm.prank(draw & 1 == 0 ? bob.addr : alice.addr);
        try membership.pay(
            alice.addr, draw >> 1 & 1 == 0 ? NORMAL : PRO, uint16(1 + (draw >> 8) % 3), FUNDS, block.timestamp
        ) {}
            catch {}
    }

    function _tryRenew() private {
        try membership.renew(_mandate) {} catch {}
    }

    function _tryCancel() private {
        vm.prank(_mandate.payer);
        try membership.cancel(_mandate.nonce) {} catch {}
    }

    function _tryPost(uint256 price) private {
        vm.prank(poster);
        try referencePrice.post(price) {} catch {}
    }

    function _leaveBalance(uint256 balance) private {
        uint256 held = token.balanceOf(_mandate.payer);
        if (held > balance) send(_mandate.payer, treasury, held - balance);
        else send(treasury, _mandate.payer, balance - held);
    }

    function _tryGate(uint256 draw) private {
        if (membership.paused()) unpause();
        else if (draw % 8 != 0) pause();
        else if (!membership.retired()) retire();
    }
}
