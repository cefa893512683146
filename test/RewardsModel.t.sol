// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IStaking} from "../contracts/interfaces/IStaking.sol";
import {RewardsModel} from "./helpers/RewardsModel.sol";
import {StakingBaseTest} from "./helpers/StakingBaseTest.sol";
import {PlainToken} from "./mocks/PlainToken.sol";

/// @dev Staking beside an exact model: whatever four accounts do, in any order and at any times, each may claim what the
/// model has for it, rounded down. By how much the two may differ before rounding:
/// - A change of what accrues divides what was emitted since the last one by the accruing principal, at 1e-36 wei; so each
///   account is off by less than P * 1e-36 wei a change, where P is the most that ever accrued. After n changes it is
///   n * P * 1e-36 wei: with all 1.2e27 wei of the supply at stake, a wei after 8e8 changes.
/// - After rounding down, that is the exact amount, rounded down, or a wei beside it where a whole wei is that close.
/// - When the stream is over and everybody has claimed, less than a wei for each account is left, and that much.
contract RewardsModelTest is StakingBaseTest {
    uint256 private constant ACCOUNTS = 4;
    uint256 private constant STEPS = 32;

    RewardsModel private _model;
    address[ACCOUNTS] private _accounts;
    uint256 private _seed;
    uint256 private _donated;
    // The largest stake and the largest donation of a run.
    uint256 private _mostStaked;
    uint256 private _mostFunded;

    function setUp() public override {
        // More than BTSc's supply, so that one account alone may stake as much as that.
        deployFor(address(new PlainToken(treasury, type(uint128).max)));
        _model = new RewardsModel(ACCOUNTS, REWARD_TIME);
        for (uint256 i; i < ACCOUNTS; ++i) {
            _accounts[i] = vm.addr(i + 1);
            send(treasury, _accounts[i], 1e30);
            approve(_accounts[i], address(staking), type(uint256).max);
            _setPro(i, true);
        }
    }

    /// @dev A handful of wei each, and a stream of a few wei per second: fractions matter most.
    /// forge-config: default.fuzz.runs = 64
    /// forge-config: ci.fuzz.runs = 2000
    function testFuzz_Model_Handfuls(uint256 seed) public {
        (_mostStaked, _mostFunded) = (7, 9 * REWARD_TIME);
        _run(seed);
    }

    /// @dev From a wei to the whole supply, side by side.
    /// forge-config: default.fuzz.runs = 64
    /// forge-config: ci.fuzz.runs = 2000
    function testFuzz_Model_AWeiNextToAll(uint256 seed) public {
        (_mostStaked, _mostFunded) = (SUPPLY, SUPPLY);
        _run(seed);
    }

    /// forge-config: default.fuzz.runs = 64
    /// forge-config: ci.fuzz.runs = 2000
    function testFuzz_Model_UsualAmounts(uint256 seed) public {
        (_mostStaked, _mostFunded) = (1_000_000e18, 1_000_000e18);
        _run(seed);
    }

    function _run(uint256 seed) private {
        _seed = seed;
        for (uint256 i; i < STEPS; ++i) {
            _wait();
            _act();
            _compare();
        }
        _finish();
    }

    function _wait() private {
        uint256[6] memory longest = [uint256(0), 0, 1, 1 hours, 3 days, 20 days];
        uint256 duration = _next(longest[_next(5)]);
        skip(duration);
        _model.wait(duration);
    }

    function _act() private {
        uint256 index = _next(ACCOUNTS - 1);
        uint256 action = _next(9);
        if (action <= 2) _stake(index);
        else if (action == 3) _requestUnstake(index);
        else if (action == 4) _claim(index);
        else if (action == 5) _compound(index);
        else if (action <= 7) _turn(index);
        else _fund();
    }

    function _stake(uint256 index) private {
        if (!_isPro(index)) return;
        uint256 amount = 1 + _next(_next(1) == 0 ? 6 : _mostStaked - 1);
        stake(_accounts[index], amount);
        _model.stake(index, amount);
    }

    function _requestUnstake(uint256 index) private {
        uint256 staked = _model.stakes(index);
        if (staked == 0) return;
        uint256 amount = _next(1) == 0 ? staked : 1 + _next(staked - 1);
        requestUnstake(_accounts[index], amount);
        _model.unstake(index, amount);
    }

    function _claim(uint256 index) private {
        uint256 amount = staking.rewardsOf(_accounts[index]);
        if (amount == 0) return;
        assertEq(claim(_accounts[index], _accounts[index]), amount, "claimed");
        _model.pay(index, amount);
    }

    function _compound(uint256 index) private {
        uint256 amount = staking.rewardsOf(_accounts[index]);
        if (amount == 0 || !_isPro(index)) return;
        assertEq(compound(_accounts[index]), amount, "compounded");
        _model.pay(index, amount);
        _model.stake(index, amount);
    }

    /// @dev Pro runs out or comes back, and mostly somebody pokes at once.
    function _turn(uint256 index) private {
        if (_next(1) == 0) _setPro(index, !_isPro(index));
        if (_next(3) == 0) return;
        bool stops = !_isPro(index);
        if (_model.stakes(index) == 0 || stops == _model.isStopped(index)) {
            expectPokeRevert(_accounts[index]);
            return;
        }
        poke(_accounts[index]);
        _model.setStopped(index, stops);
    }

    function _fund() private {
        uint256 amount = _next(_next(1) == 0 ? REWARD_TIME : _mostFunded);
        donate(amount);
        _donated += amount;
        uint256 surplus = _donated - _model.funded();
        assertEq(staking.surplus(), surplus, "surplus");
        uint256 taken = _model.fund(surplus);
        if (taken != 0) assertEq(staking.fund(), taken, "funded");
        else vm.expectPartialRevert(IStaking.FundingTooSmall.selector);
        if (taken == 0) staking.fund();
    }

    function _compare() private view {
        uint256 claimable;
        for (uint256 i; i < ACCOUNTS; ++i) {
            uint256 rewards = staking.rewardsOf(_accounts[i]);
            (uint256 least, uint256 most) = _model.boundsOf(i);
            assertGe(rewards, least, "rewards, at least");
            assertLe(rewards, most, "rewards, at most");
            claimable += rewards;
            assertEq(staking.stakeOf(_accounts[i]).amount, _model.stakes(i), "stake");
            bool accrues = _model.stakes(i) != 0 && !_model.isStopped(i);
            assertEq(staking.isAccruing(_accounts[i]), accrues, "is accruing");
        }
        assertLe(_model.totalPaid() + claimable, _model.emitted(), "paid and claimable, of what was emitted");
        assertLe(_model.emitted(), _model.funded(), "emitted, of what was funded");
        assertEq(staking.rewardsOwed(), _model.funded() - _model.totalPaid(), "rewards owed");
        assertEq(staking.totalStaked(), _model.totalStaked(), "total staked");
        assertEq(staking.totalAccruing(), _model.totalAccruing(), "total accruing");
        assertEq(staking.rewardRate(), _model.rate(), "rate");
        uint256 left = _model.secondsLeft();
        if (left != 0) assertEq(staking.rewardFinish(), block.timestamp + left, "finish");
        else assertLe(staking.rewardFinish(), block.timestamp, "finish is past");
        assertSolvent();
    }

    /// @dev Somebody is there until the stream is over, and everybody claims.
    function _finish() private {
        _setPro(0, true);
        stake(_accounts[0], 1);
        _model.stake(0, 1);
        skip(REWARD_TIME);
        _model.wait(REWARD_TIME);
        _compare();
        for (uint256 i; i < ACCOUNTS; ++i) {
            _claim(i);
        }
        _compare();
        assertEq(_model.emitted(), _model.funded(), "all that was funded was emitted");
        // A fraction for each account, and n * P * 1e-36 wei, which is less than one.
        assertLe(staking.rewardsOwed(), ACCOUNTS, "what is left when everybody has claimed");
    }

    function _setPro(uint256 index, bool pro) private {
        bytes memory call = abi.encodeCall(IMembership.tierOf, (_accounts[index]));
        vm.mockCall(address(membership), call, abi.encode(pro ? PRO : LIGHT));
    }

    function _isPro(uint256 index) private view returns (bool) {
        return membership.tierOf(_accounts[index]) == PRO;
    }

    /// @dev Anything from 0 to `most`, and often the ends.
    function _next(uint256 most) private returns (uint256) {
        _seed = uint256(keccak256(abi.encode(_seed)));
        return bound(_seed >> 8, 0, most);
    }
}
