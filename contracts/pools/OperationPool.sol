// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Sweepable} from "../Sweepable.sol";
import {IOperationPool} from "../interfaces/IOperationPool.sol";
import {Bounds} from "../libraries/Bounds.sol";

/// @title OperationPool
contract OperationPool is IOperationPool, Sweepable, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IOperationPool
    IERC20 public immutable token;
    /// @inheritdoc IOperationPool
    uint40 public immutable epochLength;
    /// @inheritdoc IOperationPool
    uint256 public immutable maximumBudget;

    mapping(Purpose => uint256) private _budgets;
    mapping(Purpose => mapping(uint256 epoch => uint256)) private _spent;

    /// @param budgets In the order of `Purpose`.
    constructor(
        address authority,
        IERC20 token_,
        uint40 epochLength_,
        uint256 maximumBudget_,
        uint256[4] memory budgets
    ) AccessManaged(authority) {
        if (epochLength_ < Bounds.MINIMUM_EPOCH || epochLength_ > Bounds.MAXIMUM_EPOCH) {
            revert ParameterOutOfBounds(epochLength_, Bounds.MINIMUM_EPOCH, Bounds.MAXIMUM_EPOCH);
        }
        token = token_;
        epochLength = epochLength_;
        maximumBudget = maximumBudget_;
        for (uint8 purpose; purpose < budgets.length; ++purpose) {
            _setBudget(Purpose(purpose), budgets[purpose], maximumBudget_);
        }
    }

    /// @inheritdoc IOperationPool
    function spend(Purpose purpose, address recipient, uint256 amount) external restricted nonReentrant {
        if (amount == 0) revert AmountZero();
        if (recipient == address(0) || recipient == address(this)) revert RecipientInvalid(recipient);
        uint256 epoch = currentEpoch();
        uint256 spent = _spent[purpose][epoch] + amount;
        if (spent > _budgets[purpose]) revert BudgetExceeded(purpose, spent, _budgets[purpose]);

        _spent[purpose][epoch] = spent;
        emit Spent(purpose, recipient, amount, epoch, spent);
        token.safeTransfer(recipient, amount);
    }

    /// @inheritdoc IOperationPool
    function setBudget(Purpose purpose, uint256 budget) external restricted {
        _setBudget(purpose, budget, maximumBudget);
    }

    /// @inheritdoc IOperationPool
    function budgetOf(Purpose purpose) external view returns (uint256) {
        return _budgets[purpose];
    }

    /// @inheritdoc IOperationPool
    function spentIn(Purpose purpose, uint256 epoch) external view returns (uint256) {
        return _spent[purpose][epoch];
    }

    /// @inheritdoc IOperationPool
    function currentEpoch() public view returns (uint256) {
        return block.timestamp / epochLength;
    }

    function _heldToken() internal view override returns (IERC20) {
        return token;
    }

    function _setBudget(Purpose purpose, uint256 budget, uint256 maximum) private {
        if (budget > maximum) revert ParameterOutOfBounds(budget, 0, maximum);
        _budgets[purpose] = budget;
        emit BudgetChanged(purpose, budget);
    }
}
