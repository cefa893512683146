// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IOperationPool} from "../contracts/interfaces/IOperationPool.sol";
import {OperationPool} from "../contracts/pools/OperationPool.sol";
import {Roles} from "../scripts/lib/Roles.sol";
import {BaseTest} from "./BaseTest.sol";
import {FalseToken} from "./mocks/FalseToken.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";
import {SilentToken} from "./mocks/SilentToken.sol";

contract OperationPoolTest is BaseTest {
    IOperationPool.Purpose private constant AI = IOperationPool.Purpose.AI;
    IOperationPool.Purpose private constant MODERATION = IOperationPool.Purpose.Moderation;
    uint256 private constant INCOME = 4 * BUDGET;

    function setUp() public override {
        super.setUp();
        send(treasury, address(operationPool), INCOME);
    }

    function test_Constructor_WhenParametersAreFine() public {
        OperationPool fresh = new OperationPool(address(manager), token, EPOCH, HIGHEST_BUDGET, [uint256(1), 2, 3, 4]);
        assertEq(address(fresh.token()), address(token), "token");
        assertEq(fresh.epochLength(), EPOCH, "epoch length");
        assertEq(fresh.maximumBudget(), HIGHEST_BUDGET, "highest budget");
        assertEq(fresh.currentEpoch(), block.timestamp / EPOCH, "epoch");
        for (uint8 purpose; purpose < 4; ++purpose) {
            assertEq(fresh.budgetOf(IOperationPool.Purpose(purpose)), purpose + 1, "budget");
        }
    }

    function test_Constructor_RevertWhen_AParameterIsOutOfBounds() public {
        _expectOutOfBounds(1 hours - 1, 1 hours, 366 days);
        new OperationPool(address(manager), token, 1 hours - 1, BUDGET, [BUDGET, 0, 0, 0]);
        _expectOutOfBounds(366 days + 1, 1 hours, 366 days);
        new OperationPool(address(manager), token, 366 days + 1, BUDGET, [BUDGET, 0, 0, 0]);
        _expectOutOfBounds(BUDGET + 1, 0, BUDGET);
        new OperationPool(address(manager), token, EPOCH, BUDGET, [BUDGET, 0, 0, BUDGET + 1]);
    }

    function test_Spend_RevertWhen_CallerIsNotTheSpender() public {
        assertOnlyRole(address(operationPool), abi.encodeCall(IOperationPool.spend, (AI, recipient, 1)), spender);
    }

    function test_Spend_RevertWhen_AmountIsZero() public {
        vm.expectRevert(IOperationPool.AmountZero.selector);
        _spend(AI, recipient, 0);
    }

    function test_Spend_RevertWhen_RecipientIsZeroOrThePool() public {
        vm.expectRevert(abi.encodeWithSelector(IOperationPool.RecipientInvalid.selector, address(0)));
        _spend(AI, address(0), 1);
        vm.expectRevert(abi.encodeWithSelector(IOperationPool.RecipientInvalid.selector, address(operationPool)));
        _spend(AI, address(operationPool), 1);
    }

    function test_Spend_RevertWhen_BudgetWouldBeExceeded() public {
        _spend(AI, recipient, BUDGET - 1);
        _expectExceeded(AI, BUDGET + 1, BUDGET);
        _spend(AI, recipient, 2);
    }

    function test_Spend_RevertWhen_PoolHoldsLess() public {
        configure(address(operationPool), abi.encodeCall(IOperationPool.setBudget, (AI, INCOME + 1)));
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, address(operationPool), INCOME, INCOME + 1
            )
        );
        _spend(AI, recipient, INCOME + 1);
        assertEq(operationPool.spentIn(AI, operationPool.currentEpoch()), 0, "spent");
    }

    function test_Spend_WhenBudgetIsUsedUpExactly() public {
        uint256 epoch = operationPool.currentEpoch();
        _spend(AI, recipient, 1);
        watchBalances();

        vm.expectEmit(address(operationPool));
        emit IOperationPool.Spent(AI, recipient, BUDGET - 1, epoch, BUDGET);
        _spend(AI, recipient, BUDGET - 1);

        assertGained(recipient, BUDGET - 1, "recipient's balance");
        assertLost(address(operationPool), BUDGET - 1, "pool's balance");
        assertNothingElseMoved();
        assertEq(operationPool.spentIn(AI, epoch), BUDGET, "spent for AI");
        assertEq(operationPool.spentIn(MODERATION, epoch), 0, "spent for moderation");

        _spend(MODERATION, recipient, BUDGET);
        assertEq(operationPool.spentIn(MODERATION, epoch), BUDGET, "spent for moderation then");
        assertEq(operationPool.spentIn(AI, epoch), BUDGET, "spent for AI then");
    }

    function test_Spend_GivenAnEpochIsOver() public {
        uint256 epoch = operationPool.currentEpoch();
        _spend(AI, recipient, 1);

        vm.warp((epoch + 1) * EPOCH - 1);
        assertEq(operationPool.currentEpoch(), epoch, "epoch in its last second");
        _expectExceeded(AI, BUDGET + 1, BUDGET);
        _spend(AI, recipient, BUDGET);

        vm.warp((epoch + 1) * EPOCH);
        assertEq(operationPool.currentEpoch(), epoch + 1, "epoch in its first second");
        _expectExceeded(AI, BUDGET + 1, BUDGET);
        _spend(AI, recipient, BUDGET + 1);
        _spend(AI, recipient, BUDGET);
        assertEq(operationPool.spentIn(AI, epoch), 1, "spent in the epoch before");
        assertEq(operationPool.spentIn(AI, epoch + 1), BUDGET, "spent in this epoch");
    }

    function test_Spend_GivenBudgetWasLoweredBelowWhatWasSpent() public {
        _spend(AI, recipient, 100);
        configure(address(operationPool), abi.encodeCall(IOperationPool.setBudget, (AI, 99)));
        _expectExceeded(AI, 101, 99);
        _spend(AI, recipient, 1);

        skip(EPOCH);
        watchBalances();
        _spend(AI, recipient, 99);
        assertGained(recipient, 99, "recipient's balance");
    }

    function test_Spend_WhenTokenAnswersNothing() public {
        deployFor(address(new SilentToken(treasury, SUPPLY)));
        send(treasury, address(operationPool), INCOME);
        watchBalances();
        _spend(AI, recipient, 1);
        assertGained(recipient, 1, "recipient's balance");
        assertLost(address(operationPool), 1, "pool's balance");
        assertNothingElseMoved();
    }

    function test_Spend_RevertWhen_TokenAnswersFalse() public {
        FalseToken refusing = new FalseToken(treasury, SUPPLY);
        deployFor(address(refusing));
        send(treasury, address(operationPool), INCOME);
        refusing.setRefuses(true);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(refusing)));
        _spend(AI, recipient, 1);
    }

    function test_Spend_WhenTokenCallsBack() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        deployFor(address(reentrant));
        send(treasury, address(operationPool), INCOME);
        vm.prank(address(timelock));
        manager.grantRole(Roles.SPENDER, address(reentrant), 0);
        reentrant.arm(address(operationPool), abi.encodeCall(IOperationPool.spend, (AI, recipient, 1)));

        watchBalances();
        _spend(AI, recipient, 2);

        assertTrue(reentrant.called(), "called back");
        assertFalse(reentrant.succeeded(), "inner spending");
        assertEq(
            reentrant.answer(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "refusal"
        );
        assertGained(recipient, 2, "recipient's balance");
        assertLost(address(operationPool), 2, "pool's balance");
        assertNothingElseMoved();
    }

    /// @dev Random amounts at random times: what a purpose is paid in an epoch never exceeds its budget, and is refused
    /// only when it would.
    function testFuzz_Spend_NeverExceedsTheBudget(uint256 seed) public {
        uint256 spent;
        uint256 epoch = operationPool.currentEpoch();
        for (uint256 i; i < 12; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            skip(seed % 3 days);
            if (operationPool.currentEpoch() != epoch) (epoch, spent) = (operationPool.currentEpoch(), 0);
            uint256 amount = 1 + (seed >> 64) % (BUDGET / 2);
            if (token.balanceOf(address(operationPool)) < amount) return;

            watchBalances();
            if (spent + amount > BUDGET) {
                _expectExceeded(AI, spent + amount, BUDGET);
                _spend(AI, recipient, amount);
            } else {
                _spend(AI, recipient, amount);
                spent += amount;
                assertGained(recipient, amount, "recipient's balance");
                assertLost(address(operationPool), amount, "pool's balance");
            }
            assertNothingElseMoved();
            assertEq(operationPool.spentIn(AI, epoch), spent, "spent");
        }
    }

    function test_SetBudget_RevertWhen_CallerIsNotTheConfigurer() public {
        assertOnlyConfigurer(address(operationPool), abi.encodeCall(IOperationPool.setBudget, (AI, 1)));
    }

    function test_SetBudget_RevertWhen_AboveTheHighest() public {
        expectConfigureRevert(
            address(operationPool),
            abi.encodeCall(IOperationPool.setBudget, (AI, HIGHEST_BUDGET + 1)),
            abi.encodeWithSelector(IOperationPool.ParameterOutOfBounds.selector, HIGHEST_BUDGET + 1, 0, HIGHEST_BUDGET)
        );
    }

    function test_SetBudget_WhenItIsDue() public {
        bytes memory data = abi.encodeCall(IOperationPool.setBudget, (AI, HIGHEST_BUDGET));
        scheduleInTime(address(operationPool), data);
        vm.expectEmit(address(operationPool));
        emit IOperationPool.BudgetChanged(AI, HIGHEST_BUDGET);
        carryOut(address(operationPool), data);

        assertEq(operationPool.budgetOf(AI), HIGHEST_BUDGET, "budget for AI");
        assertEq(operationPool.budgetOf(MODERATION), BUDGET, "budget for moderation");
        assertEq(operationPool.maximumBudget(), HIGHEST_BUDGET, "highest budget");
        assertEq(operationPool.epochLength(), EPOCH, "epoch length");
        assertEq(address(operationPool.token()), address(token), "token");
    }

    function _spend(IOperationPool.Purpose purpose, address to, uint256 amount) private {
        vm.prank(spender);
        operationPool.spend(purpose, to, amount);
    }

    function _expectExceeded(IOperationPool.Purpose purpose, uint256 spent, uint256 budget) private {
        vm.expectRevert(abi.encodeWithSelector(IOperationPool.BudgetExceeded.selector, purpose, spent, budget));
    }

    function _expectOutOfBounds(uint256 value, uint256 minimum, uint256 maximum) private {
        vm.expectRevert(abi.encodeWithSelector(IOperationPool.ParameterOutOfBounds.selector, value, minimum, maximum));
    }
}
