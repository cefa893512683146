// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Vm} from "forge-std/Vm.sol";
import {IGate} from "../../contracts/interfaces/IGate.sol";
import {IMembership} from "../../contracts/interfaces/IMembership.sol";
import {BaseTest} from "../BaseTest.sol";

/// @dev What the tests of Membership share: a payment, told before and checked after in everything it does.
abstract contract MembershipBaseTest is BaseTest {
    struct Payment {
        address payer;
        address beneficiary;
        IMembership.Tier tier;
        uint16 periods;
        uint256 cost;
        uint256 credit;
    }

    uint256 internal constant NONCE = 0xfeed;
    uint40 internal constant RENEWAL_LEAD = 3 days;
    // The order of secp256k1: s and N - s verify alike, and only the lower is accepted.
    uint256 internal constant N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    /// @dev A payment of the whole fee, without credit.
    function plain(address payer, address beneficiary, IMembership.Tier tier, uint16 periods)
        internal
        pure
        returns (Payment memory)
    {
        return Payment(payer, beneficiary, tier, periods, feeOf(tier) * periods, 0);
    }

    /// @dev Pays by `pay` and states events, return value, balances and what is stored then.
    function payAndAssert(Payment memory payment, IMembership.Account memory expected) internal {
        uint256 amount = amountFor(payment.cost);
        expectPayment(payment, expected);
        vm.prank(payment.payer);
        uint256 returned = membership.pay(payment.beneficiary, payment.tier, payment.periods, amount, block.timestamp);
        assertPayment(payment, expected, returned);
    }

    function expectPayment(Payment memory payment, IMembership.Account memory expected) internal {
        watchBalances();
        vm.expectEmit(address(membership));
        emit IMembership.MembershipChanged(
            payment.beneficiary,
            expected.tier,
            expected.since,
            expected.start,
            expected.end,
            expected.value,
            expected.nextTier,
            expected.nextDuration,
            expected.nextValue
        );
        uint256 amount = amountFor(payment.cost);
        (uint256 toRewardPool, uint256 toOperationPool, uint256 toStakingPool) = partsOf(amount);
        vm.expectEmit(address(membership));
        emit IMembership.Paid(
            payment.payer,
            payment.beneficiary,
            payment.tier,
            payment.periods,
            payment.cost,
            payment.credit,
            amount,
            toRewardPool,
            toOperationPool,
            toStakingPool
        );
    }

    function assertPayment(Payment memory payment, IMembership.Account memory expected, uint256 returned) internal {
        uint256 amount = amountFor(payment.cost);
        (uint256 toRewardPool, uint256 toOperationPool, uint256 toStakingPool) = partsOf(amount);
        assertEq(returned, amount, "returned amount");
        assertLost(payment.payer, amount, "payer's balance");
        assertGained(address(rewardPool), toRewardPool, "reward pool's balance");
        assertGained(address(operationPool), toOperationPool, "operation pool's balance");
        assertGained(address(stakingPool), toStakingPool, "staking pool's balance");
        assertNothingElseMoved();
        assertMembership(payment.beneficiary, expected);
        assertStanding(payment.beneficiary, expected.tier, expected.since);
    }

    /// @dev How the split in force divides `amount`.
    function partsOf(uint256 amount)
        internal
        view
        returns (uint256 toRewardPool, uint256 toOperationPool, uint256 toStakingPool)
    {
        (uint16 rewardShare,, uint16 stakingShare) = membership.split();
        toRewardPool = amount * rewardShare / BASIS_POINTS;
        toStakingPool = amount * stakingShare / BASIS_POINTS;
        toOperationPool = amount - toRewardPool - toStakingPool;
    }

    function assertStanding(address account, IMembership.Tier tier, uint256 since) internal view {
        (IMembership.Tier actual, uint40 actualSince) = membership.standingOf(account);
        assertEq(uint8(actual), uint8(tier), "standing's tier");
        assertEq(actualSince, since, "standing's since");
        assertEq(uint8(membership.tierOf(account)), uint8(tier), "tier");
    }

    /// @dev `pay` with the widest limits reverts for `reason`, and nothing changes.
    function expectPayRevert(
        address payer,
        address beneficiary,
        IMembership.Tier tier,
        uint16 periods,
        bytes memory reason
    ) internal {
        bytes memory stored = abi.encode(membership.membershipOf(beneficiary));
        watchBalances();
        vm.prank(payer);
        vm.expectRevert(reason);
        membership.pay(beneficiary, tier, periods, type(uint256).max, block.timestamp);
        assertNothingElseMoved();
        assertEq(abi.encode(membership.membershipOf(beneficiary)), stored, "stored membership");
    }

    // ------------------------------------------------------------------ mandates

    /// @dev A year of `tier`, with caps that are met exactly at the fees and the price that everything starts with.
    function mandateFor(address payer, address beneficiary, IMembership.Tier tier)
        internal
        view
        returns (IMembership.Mandate memory)
    {
        return IMembership.Mandate(
            payer,
            beneficiary,
            tier,
            12,
            feeOf(tier),
            feeOf(tier) * PRICE / UNIT,
            NONCE,
            block.timestamp + 1 hours,
            block.timestamp + 730 days
        );
    }

    /// @dev `mandate` with one of its nine fields changed.
    function changed(IMembership.Mandate memory mandate, uint256 field)
        internal
        view
        returns (IMembership.Mandate memory)
    {
        if (field == 0) mandate.payer = mandate.payer == bob.addr ? alice.addr : bob.addr;
        if (field == 1) mandate.beneficiary = carol.addr;
        if (field == 2) mandate.tier = mandate.tier == PRO ? NORMAL : PRO;
        if (field == 3) mandate.periods += 1;
        if (field == 4) mandate.maxCost += 1;
        if (field == 5) mandate.maxAmount += 1;
        if (field == 6) mandate.nonce += 1;
        if (field == 7) mandate.deadline += 1;
        if (field == 8) mandate.expiry += 1;
        return mandate;
    }

    function signMandate(Account memory signer, IMembership.Mandate memory mandate)
        internal
        view
        returns (bytes memory)
    {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(signer.key, membership.hashMandate(mandate));
        return abi.encodePacked(r, s, v);
    }

    function signCancellation(Account memory signer, address account, uint256 nonce)
        internal
        view
        returns (bytes memory)
    {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(signer.key, membership.hashCancellation(account, nonce));
        return abi.encodePacked(r, s, v);
    }

    /// @dev The payer opens, or the relayer with the signature.
    function open(IMembership.Mandate memory mandate, bytes memory signature) internal returns (uint256) {
        vm.prank(relayer);
        return membership.openMandate(mandate, signature);
    }

    function openByPayer(IMembership.Mandate memory mandate) internal returns (uint256) {
        vm.prank(mandate.payer);
        return membership.openMandate(mandate, "");
    }

    function renew(IMembership.Mandate memory mandate) internal returns (uint256) {
        vm.prank(relayer);
        return membership.renew(mandate);
    }

    function cancel(address account, uint256 nonce) internal {
        vm.prank(account);
        membership.cancel(nonce);
    }

    function expectOpened(IMembership.Mandate memory mandate) internal {
        vm.expectEmit(address(membership));
        emit IMembership.MandateOpened(
            mandate.payer,
            mandate.beneficiary,
            mandate.nonce,
            mandate.tier,
            mandate.periods,
            mandate.maxCost,
            mandate.maxAmount,
            mandate.deadline,
            mandate.expiry
        );
    }

    function expectCharged(IMembership.Mandate memory mandate, uint16 charged) internal {
        vm.expectEmit(address(membership));
        emit IMembership.MandateCharged(mandate.payer, mandate.nonce, charged, uint40(block.timestamp));
    }

    /// @dev Opening charges the first period, and `expected` is what the beneficiary has then.
    function openAndAssertCharged(
        IMembership.Mandate memory mandate,
        bytes memory signature,
        Payment memory payment,
        IMembership.Account memory expected
    ) internal {
        expectOpened(mandate);
        expectCharged(mandate, 1);
        expectPayment(payment, expected);
        assertPayment(payment, expected, open(mandate, signature));
        assertMandate(mandate, 1, block.timestamp, false);
    }

    /// @dev Opening charges nothing and changes nothing but what is known of the mandate.
    function openAndAssertUncharged(IMembership.Mandate memory mandate, bytes memory signature) internal {
        IMembership.Account memory stored = membership.membershipOf(mandate.beneficiary);
        watchBalances();
        vm.recordLogs();
        expectOpened(mandate);
        assertEq(open(mandate, signature), 0, "returned amount");
        assertEq(eventsOf(address(membership)).length, 1, "events");
        assertNothingElseMoved();
        assertMembership(mandate.beneficiary, stored);
        assertMandate(mandate, 0, 0, false);
    }

    /// @dev What `emitter` has emitted since logs are recorded.
    function eventsOf(address emitter) internal returns (Vm.Log[] memory events) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        events = new Vm.Log[](logs.length);
        uint256 length;
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter == emitter) events[length++] = logs[i];
        }
        assembly ("memory-safe") {
            mstore(events, length)
        }
    }

    /// @dev Anyone renews: the whole fee of a period, `charged` periods by now.
    function renewAndAssert(IMembership.Mandate memory mandate, uint16 charged, IMembership.Account memory expected)
        internal
    {
        renewAndAssert(mandate, charged, plain(mandate.payer, mandate.beneficiary, mandate.tier, 1), expected);
    }

    function renewAndAssert(
        IMembership.Mandate memory mandate,
        uint16 charged,
        Payment memory payment,
        IMembership.Account memory expected
    ) internal {
        expectCharged(mandate, charged);
        expectPayment(payment, expected);
        assertPayment(payment, expected, renew(mandate));
        assertMandate(mandate, charged, block.timestamp, false);
    }

    /// @dev Opening by the relayer reverts for `reason`, and nothing is left of it.
    function expectOpenRevert(IMembership.Mandate memory mandate, bytes memory signature, bytes memory reason)
        internal
    {
        bytes memory stored = abi.encode(membership.mandateOf(mandate.payer, mandate.nonce));
        bytes memory held = abi.encode(membership.membershipOf(mandate.beneficiary));
        watchBalances();
        vm.expectRevert(reason);
        open(mandate, signature);
        assertNothingElseMoved();
        assertEq(abi.encode(membership.mandateOf(mandate.payer, mandate.nonce)), stored, "stored mandate");
        assertEq(abi.encode(membership.membershipOf(mandate.beneficiary)), held, "stored membership");
    }

    /// @dev `renew` reverts for `reason`, and nothing is left of it.
    function expectRenewRevert(IMembership.Mandate memory mandate, bytes memory reason) internal {
        bytes memory stored = abi.encode(membership.mandateOf(mandate.payer, mandate.nonce));
        bytes memory held = abi.encode(membership.membershipOf(mandate.beneficiary));
        watchBalances();
        vm.expectRevert(reason);
        renew(mandate);
        assertNothingElseMoved();
        assertEq(abi.encode(membership.mandateOf(mandate.payer, mandate.nonce)), stored, "stored mandate");
        assertEq(abi.encode(membership.membershipOf(mandate.beneficiary)), held, "stored membership");
    }

    function notDue(uint256 from, uint256 until) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IMembership.RenewalNotDue.selector, from, until);
    }

    function notOpen(IMembership.Mandate memory mandate) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IMembership.MandateNotOpen.selector, mandate.payer, mandate.nonce);
    }

    function nonceUsed(address account, uint256 nonce) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IMembership.NonceAlreadyUsed.selector, account, nonce);
    }

    function signatureInvalid(address account) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IMembership.SignatureInvalid.selector, account);
    }

    function assertMandate(IMembership.Mandate memory mandate, uint16 charged, uint256 chargedAt, bool ended)
        internal
        view
    {
        IMembership.MandateState memory actual = membership.mandateOf(mandate.payer, mandate.nonce);
        assertEq(actual.fingerprint, bytes20(membership.hashMandate(mandate)), "fingerprint");
        assertEq(actual.charged, charged, "periods charged");
        assertEq(actual.chargedAt, chargedAt, "charged at");
        assertEq(actual.ended, ended, "ended");
    }

    function assertRenewalTime(IMembership.Mandate memory mandate, uint256 from, uint256 until) internal view {
        (uint40 actualFrom, uint40 actualUntil) = membership.renewalTime(mandate);
        assertEq(actualFrom, from, "due from");
        assertEq(actualUntil, until, "due until");
    }

    // ------------------------------------------------------------------ accounts with code

    function delegate(Account memory account, address implementation) internal {
        vm.signAndAttachDelegation(implementation, account.key);
        vm.prank(relayer);
        (bool success,) = address(account.addr).call("");
        success; // The delegate may refuse the call; the delegation stands.
        assertEq(account.addr.code, abi.encodePacked(hex"ef0100", implementation), "delegation");
    }

    // ------------------------------------------------------------------ powers

    function setFee(IMembership.Tier tier, uint256 fee) internal {
        configure(address(membership), abi.encodeCall(IMembership.setFee, (tier, fee)));
    }

    function pause() internal {
        vm.prank(guardian);
        membership.pause();
    }

    function unpause() internal {
        configure(address(membership), abi.encodeCall(IGate.unpause, ()));
    }

    function retire() internal {
        configure(address(membership), abi.encodeCall(IGate.retire, ()));
    }

    /// @dev Posts another price, within what a day allows.
    function postPrice(uint256 price) internal {
        skip(1 hours);
        vm.prank(poster);
        referencePrice.post(price);
    }
}
