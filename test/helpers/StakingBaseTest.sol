// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IGate} from "../../contracts/interfaces/IGate.sol";
import {IStaking} from "../../contracts/interfaces/IStaking.sol";
import {BaseTest} from "../BaseTest.sol";

/// @dev What the tests of Staking share. Alice is Pro for as long as one can be.
abstract contract StakingBaseTest is BaseTest {
    // Wei per second of a stream, and what fills it.
    uint256 internal constant RATE = 1e15;
    uint256 internal constant STREAM = RATE * REWARD_TIME;

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

    // ------------------------------------------------------------------ rewards

    function claim(address account, address to) internal returns (uint256) {
        vm.prank(account);
        return staking.claim(to);
    }

    function compound(address account) internal returns (uint256) {
        vm.prank(account);
        return staking.compound();
    }

    function poke(address account) internal {
        vm.prank(stranger);
        staking.poke(account);
    }

    function donate(uint256 amount) internal {
        send(treasury, address(staking), amount);
    }

    /// @dev Sends `amount` and has all that is free streamed.
    function fundWith(uint256 amount) internal returns (uint256) {
        donate(amount);
        vm.prank(stranger);
        return staking.fund();
    }

    /// @dev Has the surplus streamed, and states event, return value, balances and storage.
    function fundAndAssert(uint256 amount, uint256 rate) internal {
        watchBalances();
        uint256 free = staking.surplus();
        uint256 owed = staking.rewardsOwed() + amount;
        uint256 staked = staking.totalStaked();
        uint256 unstaking = staking.totalUnstaking();
        uint40 finish = uint40(block.timestamp) + REWARD_TIME;
        vm.expectEmit(address(staking));
        emit IStaking.RewardsFunded(amount, rate, finish, owed);
        vm.prank(stranger);
        assertEq(staking.fund(), amount, "funded");
        assertNothingElseMoved();
        assertStream(rate, finish, owed);
        assertEq(staking.surplus(), free - amount, "surplus");
        assertTotals(staked, unstaking);
    }

    /// @dev So little is refused, and nothing changes.
    function expectFundRevert(uint256 amount, uint256 minimum) internal {
        bytes memory before = _stream();
        watchBalances();
        vm.expectRevert(abi.encodeWithSelector(IStaking.FundingTooSmall.selector, amount, minimum));
        vm.prank(stranger);
        staking.fund();
        assertNothingElseMoved();
        assertEq(_stream(), before, "stream");
        assertEq(staking.surplus(), amount, "surplus");
    }

    /// @dev Pays all rewards of `account` out, and states event, return value, balances and storage.
    function claimAndAssert(address account, address to, uint256 amount) internal {
        watchBalances();
        bytes memory held = abi.encode(staking.stakeOf(account));
        uint256 owed = staking.rewardsOwed() - amount;
        uint256 staked = staking.totalStaked();
        uint256 unstaking = staking.totalUnstaking();
        uint256 free = staking.surplus();
        assertEq(staking.rewardsOf(account), amount, "claimable");
        vm.expectEmit(address(staking));
        emit IStaking.RewardsClaimed(account, to, amount, owed);
        assertEq(claim(account, to), amount, "claimed");
        assertGained(to, amount, "recipient's balance");
        assertLost(address(staking), amount, "contract's balance");
        assertNothingElseMoved();
        assertEq(staking.rewardsOf(account), 0, "claimable afterwards");
        assertEq(staking.rewardsOwed(), owed, "rewards owed");
        assertEq(abi.encode(staking.stakeOf(account)), held, "stake");
        assertEq(staking.surplus(), free, "surplus");
        assertTotals(staked, unstaking);
    }

    function expectPoked(address account, bool accruing, uint256 totalAccruing) internal {
        vm.expectEmit(address(staking));
        emit IStaking.AccrualChanged(account, accruing, totalAccruing);
    }

    /// @dev Brings the accrual of `account` in step, and states event, balances and storage.
    function pokeAndAssert(address account, bool accruing) internal {
        watchBalances();
        bytes memory held = abi.encode(staking.stakeOf(account));
        uint256 amount = staking.stakeOf(account).amount;
        uint256 claimable = staking.rewardsOf(account);
        uint256 owed = staking.rewardsOwed();
        uint256 staked = staking.totalStaked();
        uint256 unstaking = staking.totalUnstaking();
        uint256 total = staking.totalAccruing();
        total = accruing ? total + amount : total - amount;
        expectPoked(account, accruing, total);
        poke(account);
        assertNothingElseMoved();
        assertAccrual(account, accruing, total);
        assertEq(staking.rewardsOf(account), claimable, "claimable");
        assertEq(staking.rewardsOwed(), owed, "rewards owed");
        assertEq(abi.encode(staking.stakeOf(account)), held, "stake");
        assertTotals(staked, unstaking);
    }

    function expectPokeRevert(address account) internal {
        bool accruing = staking.isAccruing(account);
        uint256 total = staking.totalAccruing();
        vm.expectRevert(abi.encodeWithSelector(IStaking.AccrualUnchanged.selector, account));
        poke(account);
        assertAccrual(account, accruing, total);
    }

    function assertAccrual(address account, bool accruing, uint256 totalAccruing) internal view {
        assertEq(staking.isAccruing(account), accruing, "is accruing");
        assertEq(staking.totalAccruing(), totalAccruing, "total accruing");
    }

    function assertStream(uint256 rate, uint256 finish, uint256 owed) internal view {
        assertEq(staking.rewardRate(), rate, "rate");
        assertEq(staking.rewardFinish(), finish, "finish");
        assertEq(staking.rewardsOwed(), owed, "rewards owed");
    }

    /// @dev What is here is owed, or free: nobody's principal is anybody's reward.
    function assertSolvent() internal view {
        uint256 owed = staking.totalStaked() + staking.totalUnstaking() + staking.rewardsOwed();
        assertEq(token.balanceOf(address(staking)), owed + staking.surplus(), "held, owed and free");
    }

    function retire() internal {
        configure(address(staking), abi.encodeCall(IGate.retire, ()));
    }

    function pause() internal {
        vm.prank(guardian);
        staking.pause();
    }

    function _stream() private view returns (bytes memory) {
        return abi.encode(staking.rewardRate(), staking.rewardFinish(), staking.rewardsOwed(), staking.totalAccruing());
    }
}
