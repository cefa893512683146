// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IStaking} from "../../contracts/interfaces/IStaking.sol";
import {BaseTest} from "../BaseTest.sol";

/// @dev What the tests of Staking share. Alice is Pro for as long as one can be.
abstract contract StakingBaseTest is BaseTest {
    function setUp() public virtual override {
        super.setUp();
        makePro(alice.addr);
    }

    function startAgainWith(address token_) internal {
        deployFor(token_);
        makePro(alice.addr);
    }

    function makePro(address account) internal {
        pay(account, account, PRO, MAXIMUM_PERIODS);
    }

    function stake(address account, uint256 amount) internal returns (uint256) {
        vm.prank(account);
        return staking.stake(amount);
    }

    function requestUnstake(address account, uint256 amount) internal returns (uint32) {
        vm.prank(account);
        return staking.requestUnstake(amount);
    }

    function withdraw(address account, uint32 id, address to) internal returns (uint256) {
        vm.prank(account);
        return staking.withdraw(id, to);
    }

    function expectStaked(address account, uint256 amount, uint256 accountTotal, uint256 heldSince, uint256 totalStaked)
        internal
    {
        vm.expectEmit(address(staking));
        emit IStaking.Staked(account, amount, accountTotal, uint40(heldSince), totalStaked);
    }

    /// @dev Stakes with a token that takes nothing for itself, and states event, return value, balances and storage.
    function stakeAndAssert(
        address account,
        uint256 amount,
        uint256 accountTotal,
        uint256 heldSince,
        uint256 totalStaked
    ) internal {
        watchBalances();
        uint256 unstaking = staking.totalUnstaking();
        uint32 requests = staking.stakeOf(account).requests;
        expectStaked(account, amount, accountTotal, heldSince, totalStaked);
        assertEq(stake(account, amount), amount, "credited");
        assertLost(account, amount, "staker's balance");
        assertGained(address(staking), amount, "contract's balance");
        assertNothingElseMoved();
        assertStake(account, accountTotal, heldSince, requests);
        assertTotals(totalStaked, unstaking);
    }

    function assertStake(address account, uint256 amount, uint256 heldSince, uint256 requests) internal view {
        IStaking.Stake memory actual = staking.stakeOf(account);
        assertEq(actual.amount, amount, "stake");
        assertEq(actual.heldSince, heldSince, "held since");
        assertEq(actual.requests, requests, "requests");
    }

    function assertTotals(uint256 totalStaked, uint256 totalUnstaking) internal view {
        assertEq(staking.totalStaked(), totalStaked, "total staked");
        assertEq(staking.totalUnstaking(), totalUnstaking, "total unstaking");
    }
}
