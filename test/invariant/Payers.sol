// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMembership} from "../../contracts/interfaces/IMembership.sol";
import {IReferencePrice} from "../../contracts/interfaces/IReferencePrice.sol";
import {World} from "./World.sol";

/// @dev Members who pay, sign and cancel, the relayers that submit what they signed, and the keepers that renew.
abstract contract Payers is World {
    struct Opened {
        IMembership.Mandate mandate;
        uint16 charges;
        uint256 chargedAt;
    }

    IMembership.Order[] private _spentOrders;
    Opened[] private _opened;

    function pay(uint256 payer, uint256 beneficiary, bool pro, uint16 periods) external acts(memberOf(payer).addr) {
        attemptPayment(
            memberOf(payer).addr,
            abi.encodeCall(
                IMembership.pay,
                (memberOf(beneficiary).addr, tierOf(pro), _few(periods), type(uint256).max, block.timestamp)
            )
        );
    }

    function payBySignature(uint256 payer, uint256 beneficiary, bool pro, uint16 periods, uint256 nonce)
        external
        acts(memberOf(payer).addr)
    {
        IMembership.Order memory order = IMembership.Order(
            memberOf(payer).addr,
            memberOf(beneficiary).addr,
            tierOf(pro),
            _few(periods),
            type(uint256).max,
            type(uint256).max,
            nonce,
            block.timestamp
        );
        if (mirror.nonceUsed(order.payer, nonce)) return;
        bytes memory signature = signOrder(memberOf(payer), order);
        if (attemptPayment(relayer, abi.encodeCall(IMembership.payBySignature, (order, signature)))) {
            _spentOrders.push(order);
        }
    }

    /// @dev Never taken again, however fresh its deadline and its signature.
    function replayOrder(uint256 seed) external acts(relayer) {
        if (_spentOrders.length == 0 || membership.paused()) return;
        IMembership.Order memory order = _spentOrders[seed % _spentOrders.length];
        order.deadline = block.timestamp;
        bytes memory signature = signOrder(memberAt(order.payer), order);
        bool taken = attempt(
            relayer,
            address(membership),
            abi.encodeCall(IMembership.payBySignature, (order, signature)),
            bytes.concat(IMembership.NonceAlreadyUsed.selector)
        );
        assertFalse(taken, "an order is taken at most once");
    }

    function openMandate(uint256 payer, uint256 beneficiary, bool pro, uint16 periods, uint256 nonce, uint256 maxCost)
        external
        acts(memberOf(payer).addr)
    {
        IMembership.Mandate memory mandate = IMembership.Mandate(
            memberOf(payer).addr,
            memberOf(beneficiary).addr,
            tierOf(pro),
            _few(periods),
            bound(maxCost, 0, 100e18),
            type(uint256).max,
            nonce % 16,
            block.timestamp,
            block.timestamp + 500 days
        );
        bool isTaken = membership.mandateOf(mandate.payer, mandate.nonce).fingerprint != 0;
        if (membership.paused() || isTaken || mirror.nonceUsed(mandate.payer, mandate.nonce)) return;
        bytes memory signature = _sign(mandate.payer, membership.hashMandate(mandate));
        bytes memory data = abi.encodeCall(IMembership.openMandate, (mandate, signature));
        if (!attempt(relayer, address(membership), data, _reasonsNotToCharge())) return;
        uint16 charges = membership.mandateOf(mandate.payer, mandate.nonce).charged;
        _opened.push(Opened(mandate, charges, charges == 0 ? 0 : block.timestamp));
    }

    /// @dev The keeper tries whatever is open, due or not; how often it succeeds is counted here, apart from the contract.
    function renew(uint256 seed, uint256 wait) external {
        if (_opened.length == 0) return;
        seed %= _opened.length;
        _waitUntilDue(_opened[seed].mandate, wait);
        _renew(_opened[seed]);
    }

    function _renew(Opened storage opened) private acts(opened.mandate.payer) {
        if (membership.paused()) return;
        IMembership.Mandate memory mandate = opened.mandate;
        uint256 wallet = token.balanceOf(mandate.payer);
        bool renewed = attempt(
            relayer,
            address(membership),
            abi.encodeCall(IMembership.renew, (mandate)),
            bytes.concat(
                _reasonsNotToCharge(),
                IMembership.RenewalNotDue.selector,
                IMembership.MandateExhausted.selector,
                IMembership.MandateNotOpen.selector,
                IMembership.DeadlinePassed.selector
            )
        );
        if (!renewed) return;
        if (opened.chargedAt != 0) {
            assertGe(block.timestamp, opened.chargedAt + 27 days, "a mandate's period is charged at most once");
        }
        (, uint256 highest) = referencePrice.band();
        assertLe(wallet - token.balanceOf(mandate.payer), mandate.maxCost * highest / UNIT + 1, "the cap of a mandate");
        opened.chargedAt = block.timestamp;
        assertLe(++opened.charges, mandate.periods, "a mandate is charged for no more periods than it says");
    }

    function cancel(uint256 member, uint256 nonce, bool bySignature) external acts(memberOf(member).addr) {
        Account memory canceller = memberOf(member);
        nonce %= 64;
        if (mirror.nonceUsed(canceller.addr, nonce)) return;
        if (bySignature) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(canceller.key, membership.hashCancellation(canceller.addr, nonce));
            vm.prank(relayer);
            membership.cancelBySignature(canceller.addr, nonce, abi.encodePacked(r, s, v));
        } else {
            vm.prank(canceller.addr);
            membership.cancel(nonce);
        }
    }

    /// @dev Mostly goes to where the mandate is due, as keepers do; otherwise few would ever be charged.
    function _waitUntilDue(IMembership.Mandate memory mandate, uint256 wait) private {
        (uint40 from,) = membership.renewalTime(mandate);
        if (wait % 4 == 0 || from <= block.timestamp || from > block.timestamp + 60 days) return;
        letTimePass(from + wait % 10 days - block.timestamp, true);
    }

    function _sign(address member, bytes32 digest) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(memberAt(member).key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _few(uint16 seed) private pure returns (uint16) {
        return uint16(bound(seed, 1, 4));
    }

    function _reasonsNotToCharge() private pure returns (bytes memory) {
        return bytes.concat(
            IMembership.PrepaidTooFar.selector,
            IMembership.CostAboveMaximum.selector,
            IReferencePrice.PriceStale.selector
        );
    }
}
