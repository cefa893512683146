// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev Once told to refuse, answers `false` and moves nothing where others revert.
contract FalseToken is ERC20 {
    bool public refuses;

    constructor(address holder, uint256 supply) ERC20("False", "FALSE") {
        _mint(holder, supply);
    }

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        return !refuses && super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        return !refuses && super.transferFrom(from, to, amount);
    }
}
