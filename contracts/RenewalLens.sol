// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IGate} from "./interfaces/IGate.sol";
import {IMembership} from "./interfaces/IMembership.sol";
import {IRenewalLens} from "./interfaces/IRenewalLens.sol";
import {Accounts} from "./libraries/Accounts.sol";
import {MembershipMath} from "./libraries/MembershipMath.sol";

/// @title RenewalLens
contract RenewalLens is IRenewalLens {
    using MembershipMath for MembershipMath.State;

    uint256 private constant UNIT = 1e18;

    /// @inheritdoc IRenewalLens
    IMembership public immutable membership;

    constructor(IMembership membership_) {
        membership = membership_;
    }

    /// @inheritdoc IRenewalLens
    function renewalStatus(IMembership.Mandate calldata mandate) external view returns (Renewal memory renewal) {
        (renewal.dueFrom, renewal.dueUntil) = membership.renewalTime(mandate);
        bool tooFar;
        (renewal.cost, tooFar) = _costOf(mandate, renewal.dueFrom);
        uint256 price = _price();
        renewal.amount = Math.mulDiv(renewal.cost, price, UNIT, Math.Rounding.Ceil);
        renewal.obstacle = _obstacleOf(mandate, renewal.cost, renewal.amount, price != 0, tooFar);
        renewal.status = _statusOf(mandate, renewal);
    }

    /// @dev What a renewal at `from`, or now if that is over, would cost, and whether it would reach too far.
    function _costOf(IMembership.Mandate calldata mandate, uint40 from)
        private
        view
        returns (uint256 cost, bool tooFar)
    {
        uint40 time = uint40(Math.max(from, block.timestamp));
        uint40 period = membership.period();
        uint256 fee = membership.feeOf(mandate.tier);
        MembershipMath.State memory state = Accounts.stateAt(membership, mandate.beneficiary);
        state.roll(time);
        bool own = mandate.payer == mandate.beneficiary;
        // The window decides on `since` alone, which costs nothing.
        cost = fee - state.buy(MembershipMath.Purchase(mandate.tier, period, fee, own), time, 0);
        tooFar = state.reach(mandate.tier) > time + period * membership.maximumPeriods();
    }

    /// @dev Zero for a price that is stale.
    function _price() private view returns (uint256) {
        try membership.referencePrice().currentPrice() returns (uint256 price) {
            return price;
        } catch {
            return 0;
        }
    }

    function _obstacleOf(IMembership.Mandate calldata mandate, uint256 cost, uint256 amount, bool hasPrice, bool tooFar)
        private
        view
        returns (RenewalStatus)
    {
        IGate gate = IGate(address(membership));
        if (gate.retired()) return RenewalStatus.ContractRetired;
        if (gate.paused()) return RenewalStatus.PaymentsPaused;
        if (tooFar) return RenewalStatus.PrepaidTooFar;
        if (!hasPrice) return RenewalStatus.PriceStale;
        if (cost > mandate.maxCost) return RenewalStatus.CostAboveCap;
        if (amount > mandate.maxAmount) return RenewalStatus.AmountAboveCap;
        IERC20 token = membership.token();
        if (token.allowance(mandate.payer, address(membership)) < amount) return RenewalStatus.AllowanceTooLow;
        if (token.balanceOf(mandate.payer) < amount) return RenewalStatus.BalanceTooLow;
        return RenewalStatus.Due;
    }

    function _statusOf(IMembership.Mandate calldata mandate, Renewal memory renewal)
        private
        view
        returns (RenewalStatus)
    {
        IMembership.MandateState memory made = membership.mandateOf(mandate.payer, mandate.nonce);
        if (made.fingerprint != bytes20(membership.hashMandate(mandate))) return RenewalStatus.NotOpened;
        if (made.ended) return RenewalStatus.Cancelled;
        if (made.charged >= mandate.periods) return RenewalStatus.Exhausted;
        if (block.timestamp > mandate.expiry) return RenewalStatus.Expired;
        if (block.timestamp < renewal.dueFrom) return RenewalStatus.NotYetDue;
        if (block.timestamp > renewal.dueUntil) return RenewalStatus.Lapsed;
        return renewal.obstacle;
    }
}
