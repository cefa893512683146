// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @dev Says nothing where ERC-20 wants `true`, and swallows calls it does not know (`permit` among them) without
/// doing anything: WETH's phantom permit and USDT's missing return values in one.
contract SilentToken {
    uint8 public constant decimals = 18;
    // In the order of OpenZeppelin's ERC20, so that UpgradeableToken can become this one.
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    uint256 public totalSupply;

    constructor(address holder, uint256 supply) {
        totalSupply = supply;
        balanceOf[holder] = supply;
    }

    fallback() external {}

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}
