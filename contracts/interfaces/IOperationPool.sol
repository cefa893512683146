// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IOperationPool
/// @notice Funds AI infrastructure, operation, moderation and maintenance, each within a budget (spec row A6).
/// @dev Amounts are BTSc wei. Income arrives by token transfer alone: what is free to spend is the balance.
/// Budgets belong to epochs as those of a household do to months: what is left of one is not carried over, and the next
/// begins with the whole budget. So within one epoch a purpose never costs more than its budget; around the moment
/// between two, it may cost both at once, and in any time t at most the budget times 2 + t / epochLength.
interface IOperationPool {
    /// @notice What money may be spent on.
    enum Purpose {
        AI,
        Operation,
        Moderation,
        Maintenance
    }

    /// @notice `amount` was spent; then what the purpose has spent in the epoch.
    event Spent(
        Purpose indexed purpose, address indexed recipient, uint256 amount, uint256 epoch, uint256 spentInEpoch
    );
    /// @notice What a purpose may spend per epoch, after the change.
    event BudgetChanged(Purpose indexed purpose, uint256 budget);

    /// @notice The purpose would have spent `spent` in this epoch, which is more than its budget.
    error BudgetExceeded(Purpose purpose, uint256 spent, uint256 budget);
    /// @notice The amount is zero.
    error AmountZero();
    /// @notice The recipient is the zero address or this contract.
    error RecipientInvalid(address recipient);
    /// @notice A parameter lies outside its immutable bounds.
    error ParameterOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Sends `amount` to `recipient` for `purpose`. Restricted to the spender.
    function spend(Purpose purpose, address recipient, uint256 amount) external;

    /// @notice Sets what `purpose` may spend per epoch, at most `maximumBudget`. Restricted to a delayed role.
    function setBudget(Purpose purpose, uint256 budget) external;

    /// @notice What `purpose` may spend per epoch.
    function budgetOf(Purpose purpose) external view returns (uint256);

    /// @notice The most that any budget may be set to.
    function maximumBudget() external view returns (uint256);

    /// @notice What `purpose` has spent in `epoch`.
    function spentIn(Purpose purpose, uint256 epoch) external view returns (uint256);

    /// @notice The number of the present epoch: unix time divided by `epochLength`.
    function currentEpoch() external view returns (uint256);

    /// @notice The length of an epoch in seconds.
    function epochLength() external view returns (uint40);

    /// @notice The token that is held.
    function token() external view returns (IERC20);
}
