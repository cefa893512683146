// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Errors} from "@openzeppelin/contracts/utils/Errors.sol";
import {IRewardPool} from "../contracts/interfaces/IRewardPool.sol";
import {IStakingPool} from "../contracts/interfaces/IStakingPool.sol";
import {ISweepable} from "../contracts/interfaces/ISweepable.sol";
import {BaseTest} from "./BaseTest.sol";
import {BackDooredToken, SecondDoor} from "./mocks/BackDooredToken.sol";
import {FalseToken} from "./mocks/FalseToken.sol";
import {PlainToken} from "./mocks/PlainToken.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";
import {SilentToken} from "./mocks/SilentToken.sol";
import {TaxedToken} from "./mocks/TaxedToken.sol";

contract SweepableTest is BaseTest {
    uint256 private constant MISTAKE = 1000;
    uint256 private constant INCOME = 4000;

    // Everything that is there to hold the token. Each test is about all of them.
    address[] private _pools;

    function setUp() public override {
        super.setUp();
        _pools = [address(rewardPool), address(operationPool), address(stakingPool)];
        for (uint256 i; i < _pools.length; ++i) {
            send(treasury, _pools[i], INCOME);
        }
    }

    function test_Sweep_RevertWhen_CallerIsNotTheConfigurer() public {
        PlainToken mistaken = new PlainToken(treasury, MISTAKE);
        for (uint256 i; i < _pools.length; ++i) {
            assertOnlyConfigurer(_pools[i], abi.encodeCall(ISweepable.sweep, (mistaken, recipient)));
        }
    }

    function test_Sweep_RevertWhen_TokenIsWhatIsHeld() public {
        for (uint256 i; i < _pools.length; ++i) {
            expectConfigureRevert(
                _pools[i],
                abi.encodeCall(ISweepable.sweep, (token, recipient)),
                abi.encodeWithSelector(ISweepable.TokenNotSweepable.selector, address(token))
            );
        }
    }

    function test_Sweep_WhenItIsAnotherToken() public {
        PlainToken mistaken = new PlainToken(treasury, 3 * MISTAKE);
        for (uint256 i; i < _pools.length; ++i) {
            _mistake(mistaken, _pools[i]);
            watchBalances();
            _sweepAndExpect(_pools[i], mistaken, MISTAKE);
            assertEq(mistaken.balanceOf(recipient), MISTAKE * (i + 1), "recipient's balance");
            assertEq(mistaken.balanceOf(_pools[i]), 0, "pool's balance");
            assertNothingElseMoved();
        }
    }

    function test_Sweep_WhenThereIsNothing() public {
        PlainToken mistaken = new PlainToken(treasury, MISTAKE);
        for (uint256 i; i < _pools.length; ++i) {
            _sweepAndExpect(_pools[i], mistaken, 0);
            assertEq(mistaken.balanceOf(recipient), 0, "recipient's balance");
        }
    }

    function test_Sweep_RevertWhen_TokenHasNoCode() public {
        for (uint256 i; i < _pools.length; ++i) {
            expectConfigureRevert(
                _pools[i],
                abi.encodeCall(ISweepable.sweep, (IERC20(stranger), recipient)),
                abi.encodePacked(Errors.FailedCall.selector)
            );
        }
    }

    function test_Sweep_WhenTokenAnswersNothing() public {
        IERC20 mistaken = IERC20(address(new SilentToken(address(this), 3 * MISTAKE)));
        for (uint256 i; i < _pools.length; ++i) {
            SilentToken(address(mistaken)).transfer(_pools[i], MISTAKE);
            _sweepAndExpect(_pools[i], mistaken, MISTAKE);
            assertEq(mistaken.balanceOf(recipient), MISTAKE * (i + 1), "recipient's balance");
        }
    }

    function test_Sweep_WhenTokenTakesAFee() public {
        TaxedToken mistaken = new TaxedToken(treasury, 3 * MISTAKE);
        for (uint256 i; i < _pools.length; ++i) {
            mistaken.setTax(0);
            _mistake(mistaken, _pools[i]);
            mistaken.setTax(100);
            _sweepAndExpect(_pools[i], mistaken, MISTAKE);
            assertEq(mistaken.balanceOf(recipient), MISTAKE * (i + 1) * 99 / 100, "recipient's balance");
            assertEq(mistaken.balanceOf(_pools[i]), 0, "pool's balance");
        }
    }

    function test_Sweep_RevertWhen_TokenAnswersFalse() public {
        FalseToken mistaken = new FalseToken(treasury, 3 * MISTAKE);
        for (uint256 i; i < _pools.length; ++i) {
            mistaken.setRefuses(false);
            _mistake(mistaken, _pools[i]);
            mistaken.setRefuses(true);
            expectConfigureRevert(
                _pools[i],
                abi.encodeCall(ISweepable.sweep, (mistaken, recipient)),
                abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(mistaken))
            );
            assertEq(mistaken.balanceOf(_pools[i]), MISTAKE, "pool's balance");
        }
    }

    /// @dev A sweep may not move what is held, and the contract does not look for whom it moved.
    function test_Sweep_RevertWhen_TokenCallsBackWithWhatMovesTheToken() public {
        ReentrantToken mistaken = new ReentrantToken(treasury, 3 * MISTAKE);
        bytes32 root = rewardPool.leafOf(address(mistaken), INCOME);
        vm.prank(publisher);
        rewardPool.publish(root, INCOME, root, "");
        travel(CHALLENGE);

        _sweepReentered(
            mistaken, address(rewardPool), abi.encodeCall(IRewardPool.claim, (stranger, INCOME, new bytes32[](0)))
        );
        _sweepReentered(mistaken, address(stakingPool), abi.encodeCall(IStakingPool.release, ()));
    }

    function test_Sweep_RevertWhen_TokenIsWhatIsHeldByAnotherAddress() public {
        deployFor(address(new BackDooredToken(treasury, SUPPLY)));
        SecondDoor door = new SecondDoor(BackDooredToken(address(token)));
        BackDooredToken(address(token)).open(address(door));
        for (uint256 i; i < 3; ++i) {
            address holder = [address(rewardPool), address(operationPool), address(staking)][i];
            send(treasury, holder, INCOME);
            expectConfigureRevert(
                holder,
                abi.encodeCall(ISweepable.sweep, (IERC20(address(door)), recipient)),
                abi.encodeWithSelector(ISweepable.TokenNotSweepable.selector, address(door))
            );
            assertEq(token.balanceOf(holder), INCOME, "what is held");
        }
    }

    function test_Sweep_RevertWhen_TokenCallsBackToSweep() public {
        ReentrantToken mistaken = new ReentrantToken(treasury, 3 * MISTAKE);
        for (uint256 i; i < _pools.length; ++i) {
            _mistake(mistaken, _pools[i]);
            mistaken.arm(_pools[i], abi.encodeCall(ISweepable.sweep, (mistaken, stranger)));
            _sweep(_pools[i], mistaken);
            assertTrue(mistaken.called(), "called back");
            assertFalse(mistaken.succeeded(), "inner sweep");
            assertEq(mistaken.balanceOf(recipient), MISTAKE * (i + 1), "recipient's balance");
        }
    }

    function _sweepReentered(ReentrantToken mistaken, address pool, bytes memory inner) private {
        _mistake(mistaken, pool);
        mistaken.arm(pool, inner);
        expectConfigureRevert(
            pool,
            abi.encodeCall(ISweepable.sweep, (mistaken, recipient)),
            abi.encodeWithSelector(ISweepable.TokenNotSweepable.selector, address(mistaken))
        );
        assertEq(token.balanceOf(pool), INCOME, "what is held");
        assertEq(mistaken.balanceOf(pool), MISTAKE, "what came by mistake");
    }

    function _mistake(IERC20 mistaken, address pool) private {
        vm.prank(treasury);
        assertTrue(mistaken.transfer(pool, MISTAKE), "sent by mistake");
    }

    function _sweep(address pool, IERC20 mistaken) private {
        configure(pool, abi.encodeCall(ISweepable.sweep, (mistaken, recipient)));
    }

    function _sweepAndExpect(address pool, IERC20 mistaken, uint256 amount) private {
        bytes memory data = abi.encodeCall(ISweepable.sweep, (mistaken, recipient));
        scheduleInTime(pool, data);
        vm.expectEmit(pool);
        emit ISweepable.Swept(address(mistaken), recipient, amount);
        carryOut(pool, data);
    }
}
