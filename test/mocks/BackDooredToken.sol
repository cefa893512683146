// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev One ledger behind two addresses, as TUSD had for a time.
contract BackDooredToken is ERC20 {
    address public door;

    constructor(address holder, uint256 supply) ERC20("Back Doored", "TWO") {
        _mint(holder, supply);
    }

    function open(address door_) external {
        door = door_;
    }

    function moveFor(address from, address to, uint256 amount) external {
        require(msg.sender == door, "not the door");
        _transfer(from, to, amount);
    }
}

contract SecondDoor {
    BackDooredToken private immutable _ledger;

    constructor(BackDooredToken ledger) {
        _ledger = ledger;
    }

    function balanceOf(address account) external view returns (uint256) {
        return _ledger.balanceOf(account);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _ledger.moveFor(msg.sender, to, amount);
        return true;
    }
}
