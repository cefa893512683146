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
        IERC20 held = _heldToken();
        if (address(mistaken) == address(held)) revert TokenNotSweepable(address(mistaken));
        uint256 before = _balanceOf(held);
        amount = mistaken.balanceOf(address(this));
        emit Swept(address(mistaken), recipient, amount);
        mistaken.safeTransfer(recipient, amount);
        // Some tokens answer at two addresses.
        if (_balanceOf(held) < before) revert TokenNotSweepable(address(mistaken));
    }

    /// @dev The token that this contract is there to hold; zero if it holds none.
    function _heldToken() internal view virtual returns (IERC20);

    function _balanceOf(IERC20 held) private view returns (uint256) {
        return address(held) == address(0) ? 0 : held.balanceOf(address(this));
    }
}
