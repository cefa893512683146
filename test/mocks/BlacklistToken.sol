// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev Moves nothing from or to whom somebody put on its list, as USDC and USDT do.
contract BlacklistToken is ERC20 {
    error Blacklisted(address account);

    mapping(address account => bool) public isBlacklisted;

    constructor(address holder, uint256 supply) ERC20("Blacklist", "BLACK") {
        _mint(holder, supply);
    }

    function setBlacklisted(address account, bool blacklisted) external {
        isBlacklisted[account] = blacklisted;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (isBlacklisted[from]) revert Blacklisted(from);
        if (isBlacklisted[to]) revert Blacklisted(to);
        super._update(from, to, amount);
    }
}
