// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ISweepable} from "./interfaces/ISweepable.sol";

/// @title Sweepable
abstract contract Sweepable is ISweepable, AccessManaged {
    using SafeERC20 for IERC20;

    /// @inheritdoc ISweepable
    function sweep(IERC20 mistaken, address recipient) external restricted returns (uint256 amount) {
        if (_holds(mistaken)) revert TokenNotSweepable(address(mistaken));
        amount = mistaken.balanceOf(address(this));
        emit Swept(address(mistaken), recipient, amount);
        mistaken.safeTransfer(recipient, amount);
    }

    /// @dev Whether this contract is there to hold `candidate`.
    function _holds(IERC20 candidate) internal view virtual returns (bool);
}
