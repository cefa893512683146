// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title ISweepable
/// @notice Gives back tokens that somebody sent here by mistake. BTSc that a contract holds for others is never among them.
interface ISweepable {
    /// @notice `amount` of `token`, which had come here by mistake, went to `recipient`.
    event Swept(address indexed token, address indexed recipient, uint256 amount);

    /// @notice This token is what the contract is there to hold, or moves it.
    error TokenNotSweepable(address token);

    /// @notice Sends all of `mistaken` that is here to `recipient`. Restricted to a delayed role.
    function sweep(IERC20 mistaken, address recipient) external returns (uint256 amount);
}
