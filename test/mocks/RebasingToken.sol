// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev Everybody's balance is a number of shares times one factor, which somebody may move up or down, as stETH's and
/// AMPL's are.
contract RebasingToken is ERC20 {
    uint256 private constant UNIT = 1e18;

    /// @dev 0 stands for 1e18, so that a token that becomes this one begins with it.
    uint256 private _factor;

    constructor(address holder, uint256 supply) ERC20("Rebasing", "REBASE") {
        _mint(holder, supply);
    }

    function rebase(uint256 newFactor) external {
        _factor = newFactor;
    }

    function factor() public view returns (uint256) {
        return _factor == 0 ? UNIT : _factor;
    }

    function balanceOf(address account) public view override returns (uint256) {
        return super.balanceOf(account) * factor() / UNIT;
    }

    function totalSupply() public view override returns (uint256) {
        return super.totalSupply() * factor() / UNIT;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount * UNIT / factor());
    }
}
