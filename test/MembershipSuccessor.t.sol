// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Membership} from "../contracts/Membership.sol";
import {RenewalLens} from "../contracts/RenewalLens.sol";
import {IGate} from "../contracts/interfaces/IGate.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IRenewalLens} from "../contracts/interfaces/IRenewalLens.sol";
import {ISweepable} from "../contracts/interfaces/ISweepable.sol";
import {MembershipBaseTest} from "./helpers/MembershipBaseTest.sol";
import {PlainToken} from "./mocks/PlainToken.sol";

/// @dev `membership` is the first; `_second` and `_third` succeed it, at other fees. Alice has paid the first.
contract MembershipSuccessorTest is MembershipBaseTest {
    uint40 private constant END = START + PERIOD;
    uint256 private constant NEW_NORMAL_FEE = 12e18;
    uint256 private constant NEW_PRO_FEE = 40e18;

    Membership private _first;
    Membership private _second;
    Membership private _third;

    function setUp() public override {
        super.setUp();
        _first = membership;
        _second = _succeed(_first, NEW_NORMAL_FEE, NEW_PRO_FEE);
        _third = _succeed(_second, NEW_NORMAL_FEE, NEW_PRO_FEE);
        for (uint256 i; i < 3; ++i) {
            address member = [alice.addr, bob.addr, carol.addr][i];
            approve(member, address(_second), type(uint256).max);
            approve(member, address(_third), type(uint256).max);
        }
    }

    // ------------------------------------------------------------------ views

    function testFuzz_Views_SayWhatThePredecessorSays(uint256 seed, bool retired) public {
        _live(seed);
        if (retired) retire();
        travel(seed % 60 days);
        _assertAlike(_second);
        _assertAlike(_third);
    }

    function test_Views_GivenARecordHere() public {
        _pay(_first, bob.addr, PRO);
        retire();
        _pay(_second, alice.addr, NORMAL);
        assertEq(uint8(_first.tierOf(alice.addr)), uint8(LIGHT), "tier in the first");
        assertEq(uint8(_second.tierOf(alice.addr)), uint8(NORMAL), "tier in the second");
        assertEq(uint8(_third.tierOf(alice.addr)), uint8(NORMAL), "tier in the third");
        assertEq(uint8(_third.tierOf(bob.addr)), uint8(PRO), "tier of one who stayed in the first");
        // It is here also when it is over.
        travelTo(END);
        assertEq(uint8(_second.tierOf(alice.addr)), uint8(LIGHT), "tier when it is over");
        assertEq(_second.membershipOf(alice.addr).end, END, "end");
    }

    function test_Views_GivenAFreshAccount() public view {
        IMembership.Account memory nothing;
        assertEq(uint8(_third.tierOf(alice.addr)), uint8(LIGHT), "tier");
        assertEq(abi.encode(_third.membershipOf(alice.addr)), abi.encode(nothing), "membership");
        (uint40 since, uint40 end) = _third.lastProOf(alice.addr);
        assertEq(since + end, 0, "last Pro");
        assertEq(address(_third.predecessor()), address(_second), "predecessor of the third");
        assertEq(address(_second.predecessor()), address(_first), "predecessor of the second");
        assertEq(address(_first.predecessor()), address(0), "predecessor of the first");
    }

    // ------------------------------------------------------------------ before the predecessor is retired

    function test_Pay_RevertGiven_ThePredecessorIsNotRetired() public {
        _pay(_first, bob.addr, PRO);
        _expectRefusals();
        pause();
        _expectRefusals();
        retire();
        _pay(_second, alice.addr, PRO);
        // The third waits for the second.
        vm.prank(alice.addr);
        vm.expectRevert(_notRetired(_second));
        _third.pay(alice.addr, PRO, 1, FUNDS, block.timestamp);
    }

    // ------------------------------------------------------------------ the first purchase

    function test_Pay_GivenAFreshAccount() public {
        retire();
        membership = _second;
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, NEW_PRO_FEE, 0), running(PRO, START, START, END, NEW_PRO_FEE)
        );
    }

    function test_Pay_GivenTimeRunsInThePredecessor() public {
        _pay(_first, alice.addr, PRO);
        _pay(_first, bob.addr, NORMAL);
        travelTo(START + 10 days);
        retire();
        bytes memory before = abi.encode(_first.membershipOf(alice.addr));
        membership = _second;
        payAndAssert(
            Payment(bob.addr, alice.addr, PRO, 1, NEW_PRO_FEE, 0),
            running(PRO, START, START + 10 days, END + PERIOD, PRO_FEE * 2 / 3 + NEW_PRO_FEE)
        );
        assertEq(abi.encode(_first.membershipOf(alice.addr)), before, "membership in the first");
        assertEq(_second.membershipOf(bob.addr).end, END, "payer's own time");

        // From here on, what is here counts.
        travelTo(START + 20 days);
        payAndAssert(
            Payment(alice.addr, alice.addr, NORMAL, 1, NEW_NORMAL_FEE, 0),
            queued(
                PRO, START, START + 10 days, END + PERIOD, PRO_FEE * 2 / 3 + NEW_PRO_FEE, NORMAL, PERIOD, NEW_NORMAL_FEE
            )
        );
    }

    function test_Pay_GivenNormalRunsInThePredecessor() public {
        _pay(_first, alice.addr, NORMAL);
        travelTo(START + 15 days);
        retire();
        membership = _second;
        uint256 credit = NORMAL_FEE / 2;
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, NEW_PRO_FEE - credit, credit),
            running(PRO, block.timestamp, block.timestamp, block.timestamp + PERIOD, NEW_PRO_FEE)
        );
    }

    function test_Pay_GivenItRanOutInThePredecessor() public {
        _pay(_first, alice.addr, PRO);
        retire();
        membership = _second;
        uint256 before = vm.snapshotState();
        travelTo(END + RENEWAL_WINDOW);
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, NEW_PRO_FEE, 0),
            running(PRO, START, block.timestamp, block.timestamp + PERIOD, NEW_PRO_FEE)
        );
        vm.revertToState(before);
        travelTo(END + RENEWAL_WINDOW + 1);
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, NEW_PRO_FEE, 0),
            running(PRO, block.timestamp, block.timestamp, block.timestamp + PERIOD, NEW_PRO_FEE)
        );
    }

    function test_Pay_GivenNormalTookThePlaceOfProInThePredecessor() public {
        _pay(_first, alice.addr, PRO);
        travelTo(END);
        vm.prank(bob.addr);
        _first.pay(alice.addr, NORMAL, 1, FUNDS, block.timestamp);
        travelTo(END + RENEWAL_WINDOW);
        retire();
        membership = _second;
        (uint40 since, uint40 end) = _second.lastProOf(alice.addr);
        assertEq(since, START, "since of the last Pro");
        assertEq(end, END, "end of the last Pro");
        uint256 credit = NORMAL_FEE * 23 / 30;
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, NEW_PRO_FEE - credit, credit),
            running(PRO, START, block.timestamp, block.timestamp + PERIOD, NEW_PRO_FEE)
        );
        (since, end) = _second.lastProOf(alice.addr);
        assertEq(since + end, 0, "last Pro afterwards");
    }

    function test_Pay_GivenARecordInTheFirstOfThree() public {
        _pay(_first, alice.addr, PRO);
        retire();
        vm.prank(address(timelock));
        _second.retire();
        membership = _third;
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, NEW_PRO_FEE, 0),
            running(PRO, START, START, END + PERIOD, PRO_FEE + NEW_PRO_FEE)
        );
        assertEq(_second.membershipOf(alice.addr).end, END, "end in the second");
    }

    /// @dev A known limit: the successor does not know that the predecessor was paused, so its window is the plain one.
    function test_Pay_GivenThePredecessorWasPaused() public {
        _pay(_first, alice.addr, PRO);
        travelTo(END);
        pause();
        travelTo(END + RENEWAL_WINDOW + 1);
        retire();
        membership = _second;
        payAndAssert(
            Payment(alice.addr, alice.addr, PRO, 1, NEW_PRO_FEE, 0),
            running(PRO, block.timestamp, block.timestamp, block.timestamp + PERIOD, NEW_PRO_FEE)
        );
    }

    /// @dev At the same fees, succession makes no difference to what a purchase does.
    function testFuzz_Pay_DoesWhatThePredecessorWouldHaveDone(uint256 seed, bool pro, bool own) public {
        Membership successor = _succeed(_first, NORMAL_FEE, PRO_FEE);
        for (uint256 i; i < 2; ++i) {
            approve([alice.addr, bob.addr][i], address(successor), type(uint256).max);
        }
        _live(seed);
        travel(seed % 50 days);
        address payer = own ? alice.addr : bob.addr;
        bytes memory data = abi.encodeCall(IMembership.pay, (alice.addr, pro ? PRO : NORMAL, 1, FUNDS, block.timestamp));
        uint256 before = vm.snapshotState();
        vm.prank(payer);
        (bool success, bytes memory answer) = address(_first).call(data);
        bytes memory expected = _stateIn(_first);
        vm.revertToState(before);

        retire();
        vm.prank(payer);
        (bool succeeded, bytes memory answered) = address(successor).call(data);
        assertEq(succeeded, success, "success");
        assertEq(answered, answer, "answer");
        assertEq(_stateIn(successor), expected, "state");
    }

    // ------------------------------------------------------------------ what is not taken over

    function test_Nonces_AreNotTakenOver() public {
        IMembership.Mandate memory mandate = mandateFor(alice.addr, alice.addr, PRO);
        (mandate.maxCost, mandate.maxAmount) = (NEW_PRO_FEE, amountFor(NEW_PRO_FEE));
        bytes memory forTheFirst = signMandate(alice, mandate);
        openByPayer(mandate);
        cancel(alice.addr, NONCE + 1);
        bytes memory cancellation = signCancellation(alice, alice.addr, NONCE);
        travelTo(START + 30 minutes);
        retire();

        membership = _second;
        assertFalse(_second.isNonceUsed(alice.addr, NONCE + 1), "nonce used");
        assertEq(_second.mandateOf(alice.addr, NONCE).fingerprint, 0, "fingerprint");
        expectRenewRevert(mandate, notOpen(mandate));
        expectOpenRevert(mandate, forTheFirst, signatureInvalid(alice.addr));
        vm.expectRevert(signatureInvalid(alice.addr));
        _second.cancelBySignature(alice.addr, NONCE, cancellation);
        // Nothing is due yet: the period that the first was paid for runs.
        openAndAssertUncharged(mandate, signMandate(alice, mandate));

        membership = _first;
        expectRenewRevert(mandate, abi.encodePacked(IGate.RetiredForGood.selector));
        _first.cancelBySignature(alice.addr, NONCE, cancellation);
        assertMandate(mandate, 1, START, true);

        membership = _second;
        travelTo(END);
        renewAndAssert(
            mandate,
            1,
            Payment(alice.addr, alice.addr, PRO, 1, NEW_PRO_FEE, 0),
            running(PRO, START, END, END + PERIOD, NEW_PRO_FEE)
        );
    }

    function test_RenewalStatus_SpeaksOfWhatThePredecessorWasPaid() public {
        _pay(_first, alice.addr, PRO);
        retire();
        RenewalLens lens = new RenewalLens(_second);
        membership = _second;
        IMembership.Mandate memory mandate = mandateFor(alice.addr, alice.addr, PRO);
        (mandate.maxCost, mandate.maxAmount) = (NEW_PRO_FEE, amountFor(NEW_PRO_FEE));
        openByPayer(mandate);
        IRenewalLens.Renewal memory renewal = lens.renewalStatus(mandate);
        assertEq(uint8(renewal.status), uint8(IRenewalLens.RenewalStatus.NotYetDue), "status");
        assertEq(uint8(renewal.obstacle), uint8(IRenewalLens.RenewalStatus.Due), "obstacle");
        assertEq(renewal.dueFrom, END - RENEWAL_LEAD, "due from");
        travelTo(renewal.dueFrom);
        assertEq(uint8(lens.renewalStatus(mandate).status), uint8(IRenewalLens.RenewalStatus.Due), "status when due");
        assertEq(renew(mandate), renewal.amount, "charged");
    }

    // ------------------------------------------------------------------ time stays where it is

    /// @dev Whoever adds a function has to come by here, and to docs/adr/0006.
    function test_Functions_AreThoseThatAreKnown() public view {
        string memory artifact = vm.readFile("out/Membership.sol/Membership.json");
        string[16] memory known = [
            "cancel",
            "cancelBySignature",
            "openMandate",
            "openMandateWithPermit",
            "pause",
            "pay",
            "payBySignature",
            "payBySignatureWithPermit",
            "payWithPermit",
            "renew",
            "retire",
            "setAuthority",
            "setFee",
            "setSplit",
            "sweep",
            "unpause"
        ];
        uint256 found;
        for (uint256 i;; ++i) {
            string memory entry = string.concat(".abi[", vm.toString(i), "]");
            if (!vm.keyExistsJson(artifact, entry)) break;
            string memory kind = vm.parseJsonString(artifact, string.concat(entry, ".type"));
            if (_equal(kind, "error") || _equal(kind, "event") || _equal(kind, "constructor")) continue;
            assertEq(kind, "function", "kind");
            string memory mutability = vm.parseJsonString(artifact, string.concat(entry, ".stateMutability"));
            if (_equal(mutability, "view") || _equal(mutability, "pure")) continue;
            assertEq(mutability, "nonpayable", "mutability");
            assertLt(found, known.length, "functions that change something");
            assertEq(vm.parseJsonString(artifact, string.concat(entry, ".name")), known[found++], "function");
        }
        assertEq(found, known.length, "functions that change something");
    }

    function test_Time_StaysWhenSomebodyGovernsOrCancels() public {
        IMembership.Mandate memory mandate = mandateFor(alice.addr, alice.addr, PRO);
        openByPayer(mandate);
        vm.prank(bob.addr);
        _first.pay(alice.addr, NORMAL, 3, FUNDS, block.timestamp);
        PlainToken mistaken = new PlainToken(address(_first), 1);
        bytes memory before = _stateIn(_first);

        bytes[7] memory calls = [
            abi.encodeCall(IMembership.setFee, (PRO, 1e18)),
            abi.encodeCall(IMembership.setFee, (NORMAL, 100e18)),
            abi.encodeCall(IMembership.setSplit, (0, 10_000, 0)),
            abi.encodeCall(ISweepable.sweep, (token, recipient)),
            abi.encodeCall(ISweepable.sweep, (mistaken, recipient)),
            abi.encodeCall(IGate.retire, ()),
            abi.encodeCall(IGate.unpause, ())
        ];
        pause();
        for (uint256 i; i < calls.length; ++i) {
            configure(address(_first), calls[i]);
        }
        cancel(alice.addr, NONCE);
        vm.prank(address(manager));
        _first.setAuthority(address(_second));
        assertEq(_stateIn(_first), before, "state");
        vm.warp(END + 3 * PERIOD - 1);
        assertTier(alice.addr, NORMAL, "tier in the last second that was paid for");
    }

    function test_NativeCurrency_IsNotAccepted() public {
        vm.deal(alice.addr, 1 ether);
        vm.prank(alice.addr);
        (bool success,) = address(_first).call{value: 1}("");
        assertFalse(success, "transfer");
    }

    // ------------------------------------------------------------------ helpers

    function _succeed(Membership predecessor, uint256 normalFee, uint256 proFee) private returns (Membership) {
        return new Membership(
            address(manager),
            token,
            referencePrice,
            predecessor,
            Membership.Pools(address(rewardPool), address(operationPool), address(stakingPool)),
            Membership.Terms(uint96(normalFee), uint96(proFee), REWARD_SHARE, OPERATION_SHARE, STAKING_SHARE)
        );
    }

    function _pay(Membership at, address account, IMembership.Tier tier) private {
        vm.prank(account);
        at.pay(account, tier, 1, FUNDS, block.timestamp);
    }

    /// @dev Some purchases for alice in the first.
    function _live(uint256 seed) private {
        for (uint256 i; i < 4; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            vm.prank(draw & 1 == 0 ? alice.addr : bob.addr);
            try _first.pay(
                alice.addr, draw >> 1 & 1 == 0 ? NORMAL : PRO, uint16(1 + (draw >> 8) % 3), FUNDS, block.timestamp
            ) {}
                catch {}
            travel((draw >> 64) % 40 days);
        }
    }

    function _stateIn(Membership at) private view returns (bytes memory) {
        (uint40 since, uint40 end) = at.lastProOf(alice.addr);
        return abi.encode(at.membershipOf(alice.addr), since, end);
    }

    function _assertAlike(Membership successor) private view {
        assertEq(_stateIn(successor), _stateIn(_first), "state");
        assertEq(uint8(successor.tierOf(alice.addr)), uint8(_first.tierOf(alice.addr)), "tier");
        (IMembership.Tier tier, uint40 since) = successor.standingOf(alice.addr);
        (IMembership.Tier expectedTier, uint40 expectedSince) = _first.standingOf(alice.addr);
        assertEq(uint8(tier), uint8(expectedTier), "standing's tier");
        assertEq(since, expectedSince, "standing's since");
    }

    /// @dev Neither an account that paid the first, nor one that is new, gets in by any way.
    function _expectRefusals() private {
        membership = _second;
        bytes memory refusal = _notRetired(_first);
        IMembership.Permit memory permit = signPermit(alice, address(_second), FUNDS, block.timestamp);
        for (uint256 i; i < 2; ++i) {
            address account = i == 0 ? alice.addr : bob.addr;
            IMembership.Order memory order =
                IMembership.Order(alice.addr, account, PRO, 1, FUNDS, FUNDS, NONCE, block.timestamp);
            IMembership.Mandate memory mandate = mandateFor(alice.addr, account, PRO);
            bytes memory orderSignature = signOrder(alice, order);
            expectPayRevert(alice.addr, account, PRO, 1, refusal);
            expectOpenRevert(mandate, signMandate(alice, mandate), refusal);
            vm.prank(alice.addr);
            vm.expectRevert(refusal);
            _second.openMandateWithPermit(mandate, "", permit);
            vm.expectRevert(refusal);
            _second.payBySignature(order, orderSignature);
            vm.expectRevert(refusal);
            _second.payBySignatureWithPermit(order, orderSignature, permit);
            vm.expectRevert(refusal);
            _second.quote(alice.addr, account, PRO, 1);
            vm.expectRevert(refusal);
            _second.renewalTime(mandate);
            vm.prank(alice.addr);
            vm.expectRevert(refusal);
            _second.payWithPermit(account, PRO, 1, FUNDS, block.timestamp, permit);
        }
        membership = _first;
    }

    function _equal(string memory a, string memory b) private pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }

    function _notRetired(Membership predecessor) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMembership.PredecessorNotRetired.selector, address(predecessor));
    }
}
