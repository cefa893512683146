// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev Keeps a share of what is transferred, from the day on that somebody says so: the recipient gets less than sent.
contract TaxedToken is ERC20 {
    uint256 public taxBasisPoints;

    constructor(address holder, uint256 supply) ERC20("Taxed", "TAX") {
        _mint(holder, supply);
    }

    function setTax(uint256 basisPoints) external {
        taxBasisPoints = basisPoints;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (from == address(0) || to == address(0)) return super._update(from, to, amount);
        uint256 tax = amount * taxBasisPoints / 10_000;
        super._update(from, to, amount - tax);
        if (tax != 0) super._update(from, address(0), tax);
    }
}
