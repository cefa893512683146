// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMembership} from "./IMembership.sol";

/// @title IRenewalLens
/// @notice Tells a member, before it is due, whether the next renewal of a mandate would work and, if not, why not. It
/// holds nothing and has no power: everything it says follows from what Membership, price and token say.
interface IRenewalLens {
    /// @notice What stands in the way of a renewal; `Due` if nothing does.
    enum RenewalStatus {
        Due,
        NotOpened,
        Cancelled,
        Exhausted,
        Expired,
        NotYetDue,
        Lapsed,
        ContractRetired,
        PaymentsPaused,
        PrepaidTooFar,
        PriceStale,
        CostAboveCap,
        AmountAboveCap,
        AllowanceTooLow,
        BalanceTooLow
    }

    /// @notice The next renewal of a mandate.
    /// @param status Whether `renew` would work now and, if not, the first reason in the order of the enum.
    /// @param obstacle What would hinder it if it were due now, so that it can be put right in time: from `ContractRetired`
    /// on, or `Due`.
    /// @param dueFrom First second at which it may be charged.
    /// @param dueUntil Last second; longer if payments become impossible in between.
    /// @param cost What it would cost, in reference currency.
    /// @param amount What it would charge, in BTSc wei; 0 while the price is stale.
    struct Renewal {
        RenewalStatus status;
        RenewalStatus obstacle;
        uint40 dueFrom;
        uint40 dueUntil;
        uint256 cost;
        uint256 amount;
    }

    /// @notice Whether `renew` of `mandate` would work now, when it is due, and what it would charge. Never reverts for a
    /// reason that `RenewalStatus` names.
    function renewalStatus(IMembership.Mandate calldata mandate) external view returns (Renewal memory);

    /// @notice The Membership that it speaks of.
    function membership() external view returns (IMembership);
}
