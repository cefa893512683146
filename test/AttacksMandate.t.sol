// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Membership} from "../contracts/Membership.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {MembershipBaseTest} from "./helpers/MembershipBaseTest.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";
import {Wallet1271} from "./mocks/Wallet1271.sol";

/// @dev What somebody might try against those who sign: orders, mandates, cancellations. Alice is the victim, whose own
/// mandate for Pro is opened at START; bob is the one who tries, and the relayer may be on his side.
contract AttacksMandateTest is MembershipBaseTest {
    uint40 private constant END = START + PERIOD;
    uint40 private constant PLAIN = END + RENEWAL_WINDOW;

    // ------------------------------------------------------------------ signatures

    function test_FrontRunningOfPermit() public {
        IMembership.Mandate memory mandate = _own(PRO);
        approve(alice.addr, address(membership), 0);
        IMembership.Permit memory permit =
            signPermit(alice, address(membership), 12 * mandate.maxAmount, block.timestamp);
        bytes memory signature = signMandate(alice, mandate);
        vm.prank(bob.addr);
        btsc.permit(alice.addr, address(membership), permit.value, permit.deadline, permit.v, permit.r, permit.s);
        vm.prank(relayer);
        assertEq(membership.openMandateWithPermit(mandate, signature, permit), mandate.maxAmount, "charged");

        // The same for an order, and once more by the same permit, that is used up.
        IMembership.Order memory order = _order();
        bytes memory orderSignature = signOrder(alice, order);
        vm.prank(relayer);
        assertEq(
            membership.payBySignatureWithPermit(order, orderSignature, permit), mandate.maxAmount, "charged by order"
        );
        assertEq(token.allowance(alice.addr, address(membership)), 10 * mandate.maxAmount, "allowance");
    }

    function test_SignatureMalleability() public {
        IMembership.Mandate memory mandate = _own(PRO);
        bytes32[3] memory digests = [
            membership.hashMandate(mandate),
            membership.hashOrder(_order()),
            membership.hashCancellation(alice.addr, NONCE + 2)
        ];
        bytes[3] memory twins;
        for (uint256 i; i < digests.length; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(alice.key, digests[i]);
            twins[i] = abi.encodePacked(r, N - uint256(s), v == 27 ? uint8(28) : uint8(27));
        }
        for (uint256 i; i < 2; ++i) {
            // What is open already is left as it is, whoever asks.
            if (i == 0) vm.expectRevert(signatureInvalid(alice.addr));
            assertEq(membership.openMandate(mandate, twins[0]), 0, "charged again");
            vm.expectRevert(i == 0 ? signatureInvalid(alice.addr) : nonceUsed(alice.addr, NONCE + 1));
            membership.payBySignature(_order(), twins[1]);
            vm.expectRevert(signatureInvalid(alice.addr));
            membership.cancelBySignature(alice.addr, NONCE + 2, twins[2]);
            if (i == 1) break;
            open(mandate, signMandate(alice, mandate));
            membership.payBySignature(_order(), signOrder(alice, _order()));
            membership.cancelBySignature(alice.addr, NONCE + 2, signCancellation(alice, alice.addr, NONCE + 2));
        }
        assertEq(membership.mandateOf(alice.addr, NONCE).charged, 1, "charged");
    }

    /// @dev The chain splits, and both halves keep the contract: what is signed for one is nothing to the other.
    function test_DomainConfusionAcrossChains() public {
        _assertRefusedAfter(_moveToAnotherChain);
    }

    /// @dev An imitation with the same name, token and terms collects signatures.
    function test_DomainConfusionAcrossContracts() public {
        _assertRefusedAfter(_moveToAnotherContract);
    }

    function test_ReplayAcrossASuccessorContract() public {
        _assertRefusedAfter(_moveToASuccessor);
    }

    function test_ConfusionOfTypes() public {
        IMembership.Mandate memory mandate = _own(PRO);
        bytes[4] memory signatures = [
            signMandate(alice, mandate),
            signOrder(alice, _order()),
            signCancellation(alice, alice.addr, NONCE),
            _signedPermit()
        ];
        for (uint256 i; i < signatures.length; ++i) {
            if (i != 0) expectOpenRevert(mandate, signatures[i], signatureInvalid(alice.addr));
            if (i != 1) {
                vm.expectRevert(signatureInvalid(alice.addr));
                membership.payBySignature(_order(), signatures[i]);
            }
            if (i != 2) {
                vm.expectRevert(signatureInvalid(alice.addr));
                membership.cancelBySignature(alice.addr, NONCE, signatures[i]);
            }
        }
    }

    // ------------------------------------------------------------------ griefing

    function test_GriefingOfOrders() public {
        IMembership.Order memory order = _order();
        bytes memory signature = signOrder(alice, order);
        bytes memory cancellation = signCancellation(bob, alice.addr, order.nonce);
        vm.startPrank(bob.addr);
        membership.cancel(order.nonce);
        vm.expectRevert(signatureInvalid(alice.addr));
        membership.cancelBySignature(alice.addr, order.nonce, cancellation);
        IMembership.Order memory other = order;
        other.periods = 2;
        vm.expectRevert(signatureInvalid(alice.addr));
        membership.payBySignature(other, signature);
        vm.stopPrank();
        // A mandate of bob's with the same nonce is bob's.
        IMembership.Mandate memory mandate = mandateFor(bob.addr, alice.addr, NORMAL);
        mandate.nonce = order.nonce + 1;
        openByPayer(mandate);

        assertFalse(membership.isNonceUsed(alice.addr, order.nonce), "nonce used");
        order.periods = 1;
        vm.prank(relayer);
        membership.payBySignature(order, signature);
        assertTier(alice.addr, PRO, "tier");
    }

    function test_GriefingOfMandates_ByTheSameNonce() public {
        IMembership.Mandate memory mandate = _own(PRO);
        bytes memory signature = signMandate(alice, mandate);
        openByPayer(mandateFor(bob.addr, bob.addr, PRO));
        vm.prank(bob.addr);
        membership.cancel(NONCE);
        vm.prank(bob.addr);
        vm.expectRevert(signatureInvalid(alice.addr));
        membership.openMandate(changed(_own(PRO), 4), signature);
        assertEq(open(mandate, signature), mandate.maxAmount, "charged");
        assertMandate(mandate, 1, START, false);
    }

    /// @dev Bob gives whatever he likes whenever he likes, and the keeper is late by up to nine days: alice stays Pro by
    /// her own mandate, her unbroken time is kept, and she never pays more than the fee.
    function testFuzz_GriefingOfMandates_ByGifts(uint256 seed) public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        (uint256 paid, uint256 charges) = (amountFor(PRO_FEE), 1);
        for (uint256 i; i < 14 && charges < mandate.periods; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            // The window is ten days wide: who looks every nine days can't miss it.
            uint256 next = block.timestamp + 9 days;
            travel(draw % 9 days);
            _tryPay(bob.addr, draw >> 64 & 1 == 0 ? NORMAL : PRO, uint16(1 + (draw >> 72) % 12));
            travelTo(next);
            vm.prank(relayer);
            try membership.renew(mandate) returns (uint256 amount) {
                assertLe(amount, mandate.maxAmount, "charged");
                assertStanding(alice.addr, PRO, START);
                (paid, charges) = (paid + amount, charges + 1);
            } catch (bytes memory reason) {
                assertEq(bytes4(reason), IMembership.RenewalNotDue.selector, "only reason to refuse");
            }
        }
        assertEq(FUNDS - token.balanceOf(alice.addr), paid, "paid by alice");
        assertLe(paid, charges * mandate.maxAmount, "paid in all");
    }

    /// @dev What lapsed is charged again if somebody else sets it going: consent is to the rule, until taken back.
    function test_GriefingByRevivingWhatLapsed() public {
        IMembership.Mandate memory mandate = _openOwn(NORMAL);
        travelTo(PLAIN + 60 days);
        expectRenewRevert(mandate, notDue(END, PLAIN));
        pay(bob.addr, alice.addr, NORMAL, 1);
        uint256 end = block.timestamp + PERIOD;
        expectRenewRevert(mandate, notDue(end - RENEWAL_LEAD, end + RENEWAL_WINDOW));

        travelTo(end - RENEWAL_LEAD);
        uint256 before = vm.snapshotState();
        renew(mandate);
        assertEq(membership.membershipOf(alice.addr).end, end + PERIOD, "end: the gift is not used up by it");
        vm.revertToState(before);
        cancel(alice.addr, NONCE);
        expectRenewRevert(mandate, notOpen(mandate));
    }

    function test_GriefingByAllowance() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END);
        approve(alice.addr, address(membership), 1);
        watchBalances();
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        renew(mandate);
        assertNothingElseMoved();
        assertMandate(mandate, 1, START, false);
        assertTier(alice.addr, LIGHT, "tier");
    }

    // ------------------------------------------------------------------ keepers and relayers

    /// @dev Whenever in the window the keeper comes: each charge buys a whole period, and they are 27 days apart.
    function testFuzz_EarlyAndLateKeepers(uint256 seed) public {
        IMembership.Mandate memory mandate = _own(NORMAL);
        mandate.periods = 4;
        openByPayer(mandate);
        uint256 end = END;
        uint256 lastAt = START;
        for (uint16 charged = 2; charged <= mandate.periods; ++charged) {
            uint256 draw = uint256(keccak256(abi.encode(seed, charged)));
            uint256 time = end - RENEWAL_LEAD + draw % (RENEWAL_LEAD + RENEWAL_WINDOW + 1);
            travelTo(time);
            renew(mandate);
            assertGe(time, lastAt + PERIOD - RENEWAL_LEAD, "time between charges");
            (end, lastAt) = ((time > end ? time : end) + PERIOD, time);
            assertEq(membership.membershipOf(alice.addr).end, end, "end");
            assertStanding(alice.addr, NORMAL, START);
            vm.expectPartialRevert(
                charged == mandate.periods ? IMembership.MandateExhausted.selector : IMembership.RenewalNotDue.selector
            );
            renew(mandate);
        }
    }

    /// @dev Four mandates are due for alice in one second, and the keeper picks the order: together they pay one
    /// period, and alice is Pro.
    function testFuzz_KeepersThatChooseTheOrder(uint256 seed) public {
        IMembership.Mandate[4] memory mandates = [
            _own(PRO), _own(NORMAL), mandateFor(carol.addr, alice.addr, PRO), mandateFor(bob.addr, alice.addr, NORMAL)
        ];
        mandates[1].nonce = NONCE + 1;
        (mandates[2].expiry, mandates[3].expiry) = (mandates[0].expiry, mandates[0].expiry);
        for (uint256 i; i < mandates.length; ++i) {
            openByPayer(mandates[i]);
        }
        travelTo(END + seed % (RENEWAL_WINDOW + 1));
        uint256 before = _fundsOfAll();
        for (uint256 i; i < 16; ++i) {
            uint256 chosen = uint256(keccak256(abi.encode(seed, i))) % 4;
            vm.prank(relayer);
            try membership.renew(mandates[chosen]) {} catch {}
        }
        for (uint256 i; i < mandates.length; ++i) {
            vm.prank(relayer);
            try membership.renew(mandates[i]) {} catch {}
        }
        assertEq(before - _fundsOfAll(), amountFor(PRO_FEE), "paid by all");
        assertTier(alice.addr, PRO, "tier");
        assertEq(timeLeft(alice.addr, PRO), PERIOD, "Pro time");
        assertEq(timeLeft(alice.addr, NORMAL), 0, "Normal time");
    }

    function test_FrontRunningOfARenewalByTheMembersOwnPayment() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END - 1 days);
        uint256 before = vm.snapshotState();
        pay(alice.addr, alice.addr, PRO, 1);
        expectRenewRevert(mandate, notDue(END + PERIOD - RENEWAL_LEAD, PLAIN + PERIOD));
        vm.revertToState(before);
        // The other way round alice has bought one period more, and has it.
        renew(mandate);
        pay(alice.addr, alice.addr, PRO, 1);
        assertEq(timeLeft(alice.addr, PRO), 2 * PERIOD + 1 days, "Pro time");
        assertRenewalTime(mandate, END + 2 * PERIOD - RENEWAL_LEAD, PLAIN + 2 * PERIOD);
    }

    function test_ARelayerThatHoldsBack() public {
        IMembership.Mandate memory mandate = _own(PRO);
        mandate.deadline = START + 2 hours;
        bytes memory signature = signMandate(alice, mandate);
        postPrice(PRICE + 1);
        bytes memory tooMuch =
            abi.encodeWithSelector(IMembership.AmountAboveMaximum.selector, mandate.maxAmount + 30, mandate.maxAmount);
        expectOpenRevert(mandate, signature, tooMuch);
        vm.warp(mandate.deadline);
        expectOpenRevert(mandate, signature, tooMuch);
        postPrice(PRICE);
        expectOpenRevert(
            mandate, signature, abi.encodeWithSelector(IMembership.DeadlinePassed.selector, mandate.deadline)
        );
    }

    function test_CancellingThatIsOvertaken_ByTheOpening() public {
        IMembership.Mandate memory mandate = _own(PRO);
        open(mandate, signMandate(alice, mandate));
        cancel(alice.addr, NONCE);
        assertMandate(mandate, 1, START, true);
        travelTo(END);
        expectRenewRevert(mandate, notOpen(mandate));
    }

    function test_CancellingThatIsOvertaken() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        bytes memory cancellation = signCancellation(alice, alice.addr, NONCE);
        travelTo(END);
        renew(mandate);
        // Bob submits alice's own signature before she does: it is done, and hers says so.
        vm.prank(bob.addr);
        membership.cancelBySignature(alice.addr, NONCE, cancellation);
        vm.expectRevert(nonceUsed(alice.addr, NONCE));
        cancel(alice.addr, NONCE);
        assertMandate(mandate, 2, END, true);
        travelTo(END + PERIOD);
        expectRenewRevert(mandate, notOpen(mandate));
    }

    // ------------------------------------------------------------------ gas

    function test_GasExhaustionByAContractWallet() public {
        Wallet1271 wallet = new Wallet1271(alice.addr);
        fund(address(wallet));
        IMembership.Mandate memory mandate = mandateFor(address(wallet), address(wallet), PRO);
        mandate.expiry = START + 730 days;
        bytes memory signature = signMandate(alice, mandate);
        wallet.setMode(Wallet1271.Mode.BurnsGas);
        uint256[3] memory limits = [uint256(300_000), 1_000_000, 30_000_000];
        for (uint256 i; i < limits.length; ++i) {
            // Whoever opens has the reason, and gas left to go on.
            vm.prank(relayer);
            vm.expectRevert(signatureInvalid(address(wallet)));
            membership.openMandate{gas: limits[i]}(mandate, signature);
        }
        wallet.setMode(Wallet1271.Mode.Honest);
        open(mandate, signature);
        wallet.setMode(Wallet1271.Mode.BurnsGas);
        travelTo(END);
        vm.prank(relayer);
        membership.renew{gas: 200_000}(mandate);
        assertMandate(mandate, 2, END, false);
    }

    function test_GasExhaustionByNumbers() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        uint256 before = vm.snapshotState();
        travelTo(END + 5 days);
        renew(mandate);
        uint256 alone = vm.lastCallGas().gasTotalUsed;
        vm.revertToState(before);

        for (uint256 i; i < 100; ++i) {
            IMembership.Mandate memory other = mandateFor(bob.addr, alice.addr, i % 2 == 0 ? PRO : NORMAL);
            other.nonce = i;
            openByPayer(other);
            cancel(bob.addr, 1000 + i);
            _tryPay(bob.addr, NORMAL, 1);
        }
        for (uint256 i; i < 40; ++i) {
            travel(12 hours);
            pause();
            travel(1 minutes);
            unpause();
        }
        travelTo(END);
        pay(bob.addr, alice.addr, NORMAL, 1);
        travelTo(END + 5 days);
        renew(mandate);
        // The second slot of an account with queued time, and no more.
        assertLt(vm.lastCallGas().gasTotalUsed, alone + 15_000, "gas after hundreds");
    }

    // ------------------------------------------------------------------ donations, prices, fees, pauses

    function test_DonationToMembership() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        send(bob.addr, address(membership), 1234e18);
        send(bob.addr, address(rewardPool), 1);
        travelTo(END);
        renewAndAssert(mandate, 2, running(PRO, START, END, END + PERIOD, PRO_FEE));
        assertEq(token.balanceOf(address(membership)), 1234e18, "what was given");
    }

    /// @dev The poster does its worst between signature and submission, as often as it may.
    function testFuzz_PriceSpikeSandwich(uint256 posts, uint256 slack) public {
        posts = bound(posts, 0, 24);
        IMembership.Mandate memory mandate = _own(PRO);
        mandate.maxAmount = mandate.maxAmount * (100 + bound(slack, 0, 15)) / 100;
        IMembership.Order memory order = _order();
        (order.maxAmount, order.deadline) = (mandate.maxAmount, mandate.deadline);
        bytes memory signature = signMandate(alice, mandate);
        bytes memory orderSignature = signOrder(alice, order);
        for (uint256 i; i < posts; ++i) {
            skip(1 hours);
            (, uint256 highest) = referencePrice.allowedRange();
            vm.prank(poster);
            referencePrice.post(highest);
        }
        uint256 amount = amountFor(PRO_FEE);
        if (amount > mandate.maxAmount) {
            bytes memory tooMuch =
                abi.encodeWithSelector(IMembership.AmountAboveMaximum.selector, amount, mandate.maxAmount);
            expectOpenRevert(mandate, signature, tooMuch);
            vm.expectRevert(tooMuch);
            membership.payBySignature(order, orderSignature);
            return;
        }
        assertEq(open(mandate, signature), amount, "charged by the mandate");
        assertEq(membership.payBySignature(order, orderSignature), amount, "charged by the order");
        assertEq(FUNDS - token.balanceOf(alice.addr), 2 * amount, "paid by alice");
    }

    function testFuzz_FeeSandwich(uint256 fee) public {
        IMembership.Mandate memory mandate = _own(PRO);
        mandate.maxAmount = FUNDS;
        bytes memory signature = signMandate(alice, mandate);
        setFee(PRO, bound(fee, PRO_FEE - 10, PRO_FEE + 10));
        fee = membership.feeOf(PRO);
        if (fee <= PRO_FEE) {
            assertEq(open(mandate, signature), amountFor(fee), "charged");
        } else {
            expectOpenRevert(
                mandate, signature, abi.encodeWithSelector(IMembership.CostAboveMaximum.selector, fee, PRO_FEE)
            );
        }
    }

    /// @dev A pause costs nobody the unbroken time. Pauses without end, by guardian and configurer together, keep a
    /// window open that would be over, by no more than all the pauses there ever were.
    function test_PauseGriefing() public {
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END - 20 days);
        pause();
        travelTo(END - 1 days);
        unpause();
        uint256 paused = 19 days;
        for (uint256 i; i < 3; ++i) {
            travel(6 days);
            pause();
            travel(1);
            unpause();
            ++paused;
        }
        (, uint40 until) = membership.renewalTime(mandate);
        assertLe(until, PLAIN + paused, "due until");
        travelTo(PLAIN + paused);
        expectRenewRevert(mandate, notDue(END, until));
        assertMandate(mandate, 1, START, false);
    }

    /// @dev Blocks of any time apart: at the first in the window it is taken, in no block before and in none after.
    function testFuzz_BlockTimeEdges(uint256 blockTime, uint256 offset) public {
        blockTime = bound(blockTime, 1, 15);
        offset = bound(offset, 0, blockTime);
        IMembership.Mandate memory mandate = _openOwn(PRO);
        travelTo(END - RENEWAL_LEAD - 2 * blockTime + offset);
        uint256 taken;
        for (uint256 i; i < 5; ++i) {
            vm.prank(relayer);
            try membership.renew(mandate) {
                ++taken;
                assertGe(block.timestamp, END - RENEWAL_LEAD, "taken early");
                assertLt(block.timestamp, END - RENEWAL_LEAD + blockTime, "taken late");
            } catch {}
            skip(blockTime);
        }
        assertEq(taken, 1, "taken");
        assertEq(membership.membershipOf(alice.addr).end, END + PERIOD, "end");
    }

    // ------------------------------------------------------------------ tokens

    /// @dev In the middle of a charge, by whatever way in.
    function test_AHostileTokenInTheMiddleOfACharge() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        deployFor(address(reentrant));
        fund(address(reentrant));
        IMembership.Mandate memory mandate = _openOwn(PRO);
        IMembership.Mandate memory other = mandateFor(address(reentrant), alice.addr, PRO);
        (other.deadline, other.expiry) = (mandate.deadline, mandate.expiry);
        IMembership.Permit memory nothing;
        IMembership.Order memory order = _order();
        (order.deadline, order.maxAmount) = (mandate.deadline, FUNDS);
        bytes[7] memory calls = [
            abi.encodeCall(IMembership.renew, (mandate)),
            abi.encodeCall(IMembership.openMandate, (other, "")),
            abi.encodeCall(IMembership.openMandateWithPermit, (other, "", nothing)),
            abi.encodeCall(IMembership.pay, (alice.addr, PRO, 1, FUNDS, mandate.deadline)),
            abi.encodeCall(IMembership.payWithPermit, (alice.addr, PRO, 1, FUNDS, mandate.deadline, nothing)),
            abi.encodeCall(IMembership.payBySignature, (order, signOrder(alice, order))),
            abi.encodeCall(IMembership.payBySignatureWithPermit, (order, signOrder(alice, order), nothing))
        ];
        travelTo(END);
        for (uint256 i; i < calls.length; ++i) {
            uint256 before = vm.snapshotState();
            reentrant.arm(address(membership), calls[i]);
            renewAndAssert(mandate, 2, running(PRO, START, END, END + PERIOD, PRO_FEE));
            assertTrue(reentrant.called(), "called back");
            assertEq(
                reentrant.answer(),
                abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
                "refusal"
            );
            vm.revertToState(before);
        }
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

    function _order() private view returns (IMembership.Order memory) {
        return
            IMembership.Order(
                alice.addr, alice.addr, PRO, 1, PRO_FEE, PRO_FEE * PRICE / UNIT, NONCE + 1, START + 365 days
            );
    }

    function _signedPermit() private view returns (bytes memory) {
        IMembership.Permit memory permit = signPermit(alice, address(membership), FUNDS, block.timestamp);
        return abi.encodePacked(permit.r, permit.s, permit.v);
    }

    function _tryPay(address payer, IMembership.Tier tier, uint16 periods) private {
        vm.prank(payer);
        try membership.pay(alice.addr, tier, periods, FUNDS, block.timestamp) {} catch {}
    }

    function _fundsOfAll() private view returns (uint256) {
        return token.balanceOf(alice.addr) + token.balanceOf(bob.addr) + token.balanceOf(carol.addr);
    }

    /// @dev Order, mandate and cancellation, signed here, are refused for their signatures after `move`.
    function _assertRefusedAfter(function() internal move) private {
        IMembership.Mandate memory mandate = _own(PRO);
        IMembership.Order memory order = _order();
        bytes memory signature = signMandate(alice, mandate);
        bytes memory orderSignature = signOrder(alice, order);
        bytes memory cancellation = signCancellation(alice, alice.addr, NONCE);
        uint256 before = vm.snapshotState();
        open(mandate, signature);
        membership.payBySignature(order, orderSignature);
        membership.cancelBySignature(alice.addr, NONCE, cancellation);
        vm.revertToState(before);

        move();
        bytes memory refusal = signatureInvalid(alice.addr);
        expectOpenRevert(mandate, signature, refusal);
        vm.expectRevert(refusal);
        membership.payBySignature(order, orderSignature);
        vm.expectRevert(refusal);
        membership.cancelBySignature(alice.addr, NONCE, cancellation);
    }

    function _moveToAnotherChain() private {
        vm.chainId(block.chainid + 1);
    }

    function _moveToAnotherContract() private {
        membership = _newMembership(IMembership(address(0)));
    }

    function _moveToASuccessor() private {
        retire();
        membership = _newMembership(membership);
    }

    function _newMembership(IMembership predecessor) private returns (Membership fresh) {
        fresh = new Membership(
            address(manager),
            token,
            referencePrice,
            predecessor,
            Membership.Pools(address(rewardPool), address(operationPool), address(stakingPool)),
            Membership.Terms(uint96(NORMAL_FEE), uint96(PRO_FEE), REWARD_SHARE, OPERATION_SHARE, STAKING_SHARE)
        );
        approve(alice.addr, address(fresh), type(uint256).max);
    }
}
