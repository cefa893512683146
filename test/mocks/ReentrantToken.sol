// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @dev Calls back, once, in the middle of a transfer, and keeps what came of it. As the caller is the token itself,
/// it can be given tokens, allowances and memberships of its own to come back with.
contract ReentrantToken is ERC20 {
    address public target;
    bytes public data;
    bool public called;
    bool public succeeded;
    bytes public answer;

    constructor(address holder, uint256 supply) ERC20("Reentrant", "REENTER") {
        _mint(holder, supply);
    }

    /// @dev The next transfer calls `target_` with `data_`.
    function arm(address target_, bytes calldata data_) external {
        (target, data, called, succeeded, answer) = (target_, data_, false, false, "");
    }

    /// @dev For what the token needs to do as an account: approve, stake, request.
    function execute(address target_, bytes calldata data_) external {
        Address.functionCall(target_, data_);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (target != address(0)) {
            address armed = target;
            target = address(0);
            called = true;
            (succeeded, answer) = armed.call(data);
        }
        super._update(from, to, amount);
    }
}
