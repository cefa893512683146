// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IOperationPool} from "../contracts/interfaces/IOperationPool.sol";
import {IRewardPool} from "../contracts/interfaces/IRewardPool.sol";
import {IStaking} from "../contracts/interfaces/IStaking.sol";
import {IStakingPool} from "../contracts/interfaces/IStakingPool.sol";
import {Roles} from "../scripts/lib/Roles.sol";
import {BaseTest} from "./BaseTest.sol";
import {BlacklistToken} from "./mocks/BlacklistToken.sol";
import {FalseToken} from "./mocks/FalseToken.sol";
import {PlainToken} from "./mocks/PlainToken.sol";
import {RebasingToken} from "./mocks/RebasingToken.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";
import {RevertingToken} from "./mocks/RevertingToken.sol";
import {SilentToken} from "./mocks/SilentToken.sol";
import {TaxedToken} from "./mocks/TaxedToken.sol";
import {UpgradeableToken} from "./mocks/UpgradeableToken.sol";

/// @dev The whole system on one token that turns bad: alice staked, asked half of it back and has rewards; bob was promised
/// rewards by the reward pool; every pool has an income. Each test runs twice: the token was of its kind from the beginning,
/// and it was a plain one until everything had been deposited.
contract MisbehavingTokensTest is BaseTest {
    uint256 private constant STAKED = 2000e18;
    uint256 private constant ASKED = 1000e18;
    uint256 private constant STREAM = 600e18;
    uint256 private constant PROMISED = 100e18;
    uint256 private constant INCOME = 4000e18;
    uint256 private constant PART = INCOME * RELEASE_SHARE / BASIS_POINTS;
    uint256 private constant SPENT = 10e18;
    IOperationPool.Purpose private constant AI = IOperationPool.Purpose.AI;

    // What alice has to claim, now.
    uint256 private _rewards;

    // ------------------------------------------------------------------ fee on transfer

    function test_TokenThatTakesAFee() public {
        for (uint256 way; way < 2; ++way) {
            _begin(address(new TaxedToken(treasury, SUPPLY)), way);
            TaxedToken(address(token)).setTax(100);

            _expectPayRevert(
                abi.encodeWithSelector(IMembership.PoolReceivedLess.selector, address(rewardPool), 7.5e18, 7.425e18)
            );
            assertEq(_stake(alice.addr, 100e18), 99e18, "credited");
            assertEq(staking.stakeOf(alice.addr).amount, STAKED - ASKED + 99e18, "stake");
            _assertEverybodyCanLeave(100);
        }
    }

    // ------------------------------------------------------------------ no answer

    function test_TokenThatAnswersNothing() public {
        for (uint256 way; way < 2; ++way) {
            _begin(address(new SilentToken(treasury, SUPPLY)), way);
            watchBalances();
            uint256 amount = pay(carol.addr, carol.addr, NORMAL, 1);
            assertLost(carol.addr, amount, "payer's balance");
            assertEq(_stake(alice.addr, 100e18), 100e18, "credited");
            _assertEverybodyCanLeave(0);
        }
    }

    // ------------------------------------------------------------------ false

    function test_TokenThatAnswersFalse() public {
        for (uint256 way; way < 2; ++way) {
            _begin(address(new FalseToken(treasury, SUPPLY)), way);
            FalseToken(address(token)).setRefuses(true);
            bytes memory failed = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token));
            _expectPayRevert(failed);
            _expectStakeRevert(alice.addr, failed);
            _assertNobodyCanLeave(failed);

            FalseToken(address(token)).setRefuses(false);
            _assertEverybodyCanLeave(0);
        }
    }

    // ------------------------------------------------------------------ revert

    function test_TokenThatReverts() public {
        for (uint256 way; way < 2; ++way) {
            _begin(address(new RevertingToken(treasury, SUPPLY)), way);
            RevertingToken(address(token)).setRefuses(true);
            bytes memory words = abi.encodePacked(RevertingToken.TransfersPaused.selector);
            _expectPayRevert(words);
            _expectStakeRevert(alice.addr, words);
            _assertNobodyCanLeave(words);

            RevertingToken(address(token)).setRefuses(false);
            _assertEverybodyCanLeave(0);
        }
    }

    // ------------------------------------------------------------------ reentrancy

    function test_TokenThatCallsBack_FindsTheContractLocked() public {
        for (uint256 way; way < 2; ++way) {
            _begin(address(new ReentrantToken(treasury, SUPPLY)), way);
            vm.prank(address(timelock));
            manager.grantRole(Roles.SPENDER, address(token), 0);
            travel(GRANT_DELAY);

            _arm(address(membership), abi.encodeCall(IMembership.pay, (carol.addr, NORMAL, 1, FUNDS, block.timestamp)));
            pay(carol.addr, carol.addr, NORMAL, 1);
            _assertRefused();
            _arm(address(staking), abi.encodeCall(IStaking.withdraw, (0, stranger)));
            _stake(alice.addr, 1);
            _assertRefused();
            bytes[5] memory ways = [
                abi.encodeCall(IStaking.stake, (1)),
                abi.encodeCall(IStaking.withdraw, (0, stranger)),
                abi.encodeCall(IStaking.claim, (stranger)),
                abi.encodeCall(IStaking.compound, ()),
                abi.encodeCall(IStaking.fund, ())
            ];
            uint256 snapshot = vm.snapshotState();
            for (uint256 i; i < ways.length; ++i) {
                _arm(address(staking), ways[i]);
                _withdraw(alice.addr, alice.addr);
                _assertRefused();
                vm.revertToState(snapshot);
                _arm(address(staking), ways[i]);
                _claimStaking(alice.addr, alice.addr);
                _assertRefused();
                vm.revertToState(snapshot);
            }
            _arm(address(rewardPool), abi.encodeCall(IRewardPool.claim, (stranger, PROMISED, new bytes32[](0))));
            _claimReward();
            _assertRefused();
            _arm(address(stakingPool), abi.encodeCall(IStakingPool.release, ()));
            stakingPool.release();
            _assertRefused();
            _arm(address(operationPool), abi.encodeCall(IOperationPool.spend, (AI, stranger, SPENT)));
            _spend();
            _assertRefused();
        }
    }

    /// @dev Staking measures what arrives. A release to it in the middle of a stake arrives too, and is no stake.
    function test_TokenThatCallsBack_CreditsNoMoreThanWasAsked() public {
        for (uint256 way; way < 2; ++way) {
            _begin(address(new ReentrantToken(treasury, SUPPLY)), way);
            IStakingPool.Recipient[] memory list = new IStakingPool.Recipient[](1);
            list[0] = IStakingPool.Recipient(address(staking), uint16(BASIS_POINTS));
            configure(address(stakingPool), abi.encodeCall(IStakingPool.setRecipients, (list)));

            uint256 surplus = staking.surplus();
            _arm(address(stakingPool), abi.encodeCall(IStakingPool.release, ()));
            assertEq(_stake(alice.addr, 1e18), 1e18, "credited");
            assertTrue(ReentrantToken(address(token)).succeeded(), "release in the middle");
            assertEq(staking.stakeOf(alice.addr).amount, STAKED - ASKED + 1e18, "stake");
            assertEq(staking.surplus(), surplus + PART, "surplus");
        }
    }

    function test_TokenThatCallsBack_StopsAPaymentWhosePoolPaysMeanwhile() public {
        for (uint256 way; way < 2; ++way) {
            _begin(address(new ReentrantToken(treasury, SUPPLY)), way);
            // The third and last part of the payment, at which the token calls back.
            configure(address(membership), abi.encodeCall(IMembership.setSplit, (0, 0, uint16(BASIS_POINTS))));
            _arm(address(stakingPool), abi.encodeCall(IStakingPool.release, ()));
            watchBalances();
            vm.prank(carol.addr);
            vm.expectRevert(
                abi.encodeWithSelector(IMembership.PoolReceivedLess.selector, address(stakingPool), 25e18, 0)
            );
            membership.pay(carol.addr, NORMAL, 1, FUNDS, block.timestamp);
            assertNothingElseMoved();
            assertTier(carol.addr, LIGHT, "tier");
            ReentrantToken(address(token)).arm(address(0), "");
            _assertEverybodyCanLeave(0);
        }
    }

    // ------------------------------------------------------------------ rebasing

    function test_TokenThatRebasesUp() public {
        for (uint256 way; way < 2; ++way) {
            _begin(address(new RebasingToken(treasury, SUPPLY)), way);
            uint256 held = token.balanceOf(address(staking));
            uint256 surplus = staking.surplus();
            RebasingToken(address(token)).rebase(2e18);

            assertEq(staking.stakeOf(alice.addr).amount, STAKED - ASKED, "stake");
            assertEq(staking.surplus(), surplus + held, "surplus");
            assertEq(rewardPool.owed(), PROMISED, "reward pool owes");
            assertEq(rewardPool.unallocated(), 2 * INCOME - PROMISED, "unallocated");
            uint256 snapshot = vm.snapshotState();
            _assertEverybodyCanLeave(0);
            vm.revertToState(snapshot);

            uint256 funded = staking.fund();
            assertApproxEqAbs(funded, surplus + held, 30 days, "given to stakers");
            _assertEverybodyCanLeave(0);
        }
    }

    /// @dev A tenth is left: 260 of the 2,600 that Staking owes.
    function test_TokenThatRebasesDown() public {
        for (uint256 way; way < 2; ++way) {
            _begin(address(new RebasingToken(treasury, SUPPLY)), way);
            vm.prank(alice.addr);
            uint32 small = staking.requestUnstake(50e18);
            skip(COOLDOWN);
            RebasingToken(address(token)).rebase(0.1e18);
            assertEq(staking.surplus(), 0, "surplus");
            assertEq(rewardPool.unallocated(), INCOME / 10 - PROMISED, "unallocated");

            // What reaches is paid; what does not stays owed.
            uint256 unstaking = staking.totalUnstaking();
            vm.prank(alice.addr);
            assertEq(staking.withdraw(small, alice.addr), 50e18, "a small request");
            vm.prank(alice.addr);
            vm.expectPartialRevert(IERC20Errors.ERC20InsufficientBalance.selector);
            staking.withdraw(0, alice.addr);
            assertEq(staking.totalUnstaking(), unstaking - 50e18, "still owed");
            assertEq(staking.requestOf(alice.addr, 0).amount, ASKED, "request");

            RebasingToken(address(token)).rebase(1e18);
            _rewards = staking.rewardsOf(alice.addr);
            _assertEverybodyCanLeave(0);
        }
    }

    // ------------------------------------------------------------------ blacklist

    function test_TokenThatBlacklistsAMember() public {
        for (uint256 way; way < 2; ++way) {
            _begin(address(new BlacklistToken(treasury, SUPPLY)), way);
            BlacklistToken(address(token)).setBlacklisted(alice.addr, true);
            bytes memory words = abi.encodeWithSelector(BlacklistToken.Blacklisted.selector, alice.addr);
            _expectStakeRevert(alice.addr, words);
            vm.prank(alice.addr);
            vm.expectRevert(words);
            membership.pay(carol.addr, NORMAL, 1, FUNDS, block.timestamp);
            vm.prank(alice.addr);
            vm.expectRevert(words);
            staking.withdraw(0, alice.addr);

            // Nobody else is stopped, and neither is she: everything goes to another address.
            pay(carol.addr, carol.addr, NORMAL, 1);
            _assertEverybodyCanLeave(0);
        }
    }

    function test_TokenThatBlacklistsAPool() public {
        for (uint256 way; way < 2; ++way) {
            address[3] memory pools = [address(0), address(1), address(2)];
            for (uint256 i; i < pools.length; ++i) {
                _begin(address(new BlacklistToken(treasury, SUPPLY)), way);
                pools = [address(rewardPool), address(operationPool), address(stakingPool)];
                BlacklistToken(address(token)).setBlacklisted(pools[i], true);
                _expectPayRevert(abi.encodeWithSelector(BlacklistToken.Blacklisted.selector, pools[i]));
                _stake(alice.addr, 1e18);
                _assertStakersCanLeave(0);
            }
        }
    }

    function test_TokenThatBlacklistsStaking() public {
        for (uint256 way; way < 2; ++way) {
            _begin(address(new BlacklistToken(treasury, SUPPLY)), way);
            BlacklistToken(address(token)).setBlacklisted(address(staking), true);
            bytes memory words = abi.encodeWithSelector(BlacklistToken.Blacklisted.selector, address(staking));
            _expectStakeRevert(alice.addr, words);
            _assertStakersCannotLeave(words);
            pay(carol.addr, carol.addr, NORMAL, 1);

            BlacklistToken(address(token)).setBlacklisted(address(staking), false);
            _assertEverybodyCanLeave(0);
        }
    }

    // ------------------------------------------------------------------ the beginning

    /// @dev Way 0: the token is `kind` from the beginning. Way 1: it is plain, and becomes `kind` when all is deposited.
    function _begin(address kind, uint256 way) private {
        address upgradeable;
        if (way == 1) {
            upgradeable = address(new UpgradeableToken(address(new PlainToken(treasury, SUPPLY)), treasury, SUPPLY));
        }
        deployFor(way == 0 ? kind : upgradeable);
        pay(alice.addr, alice.addr, PRO, MAXIMUM_PERIODS);
        _stake(alice.addr, STAKED);
        vm.prank(alice.addr);
        staking.requestUnstake(ASKED);
        send(treasury, address(staking), STREAM);
        staking.fund();
        for (uint256 i; i < 3; ++i) {
            address pool = [address(rewardPool), address(operationPool), address(stakingPool)][i];
            send(treasury, pool, INCOME - token.balanceOf(pool));
        }
        bytes32 root = rewardPool.leafOf(bob.addr, PROMISED);
        vm.prank(publisher);
        rewardPool.publish(root, PROMISED, keccak256("leaves"), "");
        travel(COOLDOWN);
        _rewards = staking.rewardsOf(alice.addr);
        assertGt(_rewards, 0, "alice's rewards");
        if (way == 1) UpgradeableToken(upgradeable).upgradeTo(kind);
    }

    // ------------------------------------------------------------------ what must hold

    /// @dev Every way out, with a tax in basis points that is the recipient's loss: who pays loses what is owed, to the wei.
    function _assertEverybodyCanLeave(uint256 tax) private {
        _assertStakersCanLeave(tax);
        uint256 due = token.balanceOf(address(stakingPool)) * RELEASE_SHARE / BASIS_POINTS;
        watchBalances();
        assertEq(_claimReward(), PROMISED, "reward: returned");
        assertLost(address(rewardPool), PROMISED, "reward: pool's balance");
        assertGained(bob.addr, _net(PROMISED, tax), "reward: account's balance");
        _spend();
        assertLost(address(operationPool), SPENT, "spending: pool's balance");
        assertGained(recipient, _net(SPENT, tax), "spending: recipient's balance");
        assertEq(stakingPool.release(), due, "release: returned");
        assertLost(address(stakingPool), due, "release: pool's balance");
        assertGained(featureA, _net(due * 3334 / BASIS_POINTS, tax), "release: first recipient's balance");
        assertEq(rewardPool.owed(), 0, "reward pool owes");
    }

    /// @dev To another address than her own, which some token may refuse.
    function _assertStakersCanLeave(uint256 tax) private {
        uint256 rewards = staking.rewardsOf(alice.addr);
        assertGe(rewards, _rewards, "rewards");
        watchBalances();
        assertEq(_withdraw(alice.addr, recipient), ASKED, "withdrawal: returned");
        assertLost(address(staking), ASKED, "withdrawal: Staking's balance");
        assertGained(recipient, _net(ASKED, tax), "withdrawal: recipient's balance");
        assertEq(_claimStaking(alice.addr, recipient), rewards, "rewards: returned");
        assertLost(address(staking), rewards, "rewards: Staking's balance");
        assertGained(recipient, _net(rewards, tax), "rewards: recipient's balance");
        assertNothingElseMoved();
    }

    /// @dev Every way out reverts for `reason`, and nothing is booked as left.
    function _assertNobodyCanLeave(bytes memory reason) private {
        _assertStakersCannotLeave(reason);
        watchBalances();
        vm.prank(bob.addr);
        vm.expectRevert(reason);
        rewardPool.claim(bob.addr, PROMISED, new bytes32[](0));
        vm.prank(spender);
        vm.expectRevert(reason);
        operationPool.spend(AI, recipient, SPENT);
        vm.expectRevert(abi.encodeWithSelector(IStakingPool.AllRefused.selector, stakingPool.currentEpoch()));
        stakingPool.release();
        assertNothingElseMoved();
        assertEq(rewardPool.claimedOf(bob.addr), 0, "claimed");
        assertEq(operationPool.spentIn(AI, operationPool.currentEpoch()), 0, "spent");
        assertEq(stakingPool.lastReleasedEpoch(), 0, "last released epoch");
    }

    function _assertStakersCannotLeave(bytes memory reason) private {
        watchBalances();
        vm.prank(alice.addr);
        vm.expectRevert(reason);
        staking.withdraw(0, recipient);
        vm.prank(alice.addr);
        vm.expectRevert(reason);
        staking.claim(recipient);
        assertNothingElseMoved();
        assertEq(staking.requestOf(alice.addr, 0).amount, ASKED, "request");
        assertEq(staking.rewardsOf(alice.addr), _rewards, "rewards");
    }

    function _expectPayRevert(bytes memory reason) private {
        watchBalances();
        vm.prank(carol.addr);
        vm.expectRevert(reason);
        membership.pay(carol.addr, NORMAL, 1, FUNDS, block.timestamp);
        assertNothingElseMoved();
        assertTier(carol.addr, LIGHT, "tier");
    }

    function _expectStakeRevert(address account, bytes memory reason) private {
        uint256 stakedBefore = staking.stakeOf(account).amount;
        vm.prank(account);
        vm.expectRevert(reason);
        staking.stake(1e18);
        assertEq(staking.stakeOf(account).amount, stakedBefore, "stake");
    }

    function _arm(address target, bytes memory data) private {
        ReentrantToken(address(token)).arm(target, data);
    }

    function _assertRefused() private view {
        ReentrantToken reentrant = ReentrantToken(address(token));
        assertTrue(reentrant.called(), "called back");
        assertFalse(reentrant.succeeded(), "inner call");
        assertEq(
            reentrant.answer(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "refusal"
        );
    }

    // ------------------------------------------------------------------ actions

    function _stake(address account, uint256 amount) private returns (uint256) {
        vm.prank(account);
        return staking.stake(amount);
    }

    function _withdraw(address account, address to) private returns (uint256) {
        vm.prank(account);
        return staking.withdraw(0, to);
    }

    function _claimStaking(address account, address to) private returns (uint256) {
        vm.prank(account);
        return staking.claim(to);
    }

    function _claimReward() private returns (uint256) {
        vm.prank(bob.addr);
        return rewardPool.claim(bob.addr, PROMISED, new bytes32[](0));
    }

    function _spend() private {
        vm.prank(spender);
        operationPool.spend(AI, recipient, SPENT);
    }

    function _net(uint256 amount, uint256 tax) private pure returns (uint256) {
        return amount - amount * tax / BASIS_POINTS;
    }
}
