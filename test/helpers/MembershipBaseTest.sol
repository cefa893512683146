// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

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
}
