// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev Once told to refuse, moves nothing for anybody, as a token does that its owner may pause.
contract RevertingToken is ERC20 {
    error TransfersPaused();

    bool public refuses;

    constructor(address holder, uint256 supply) ERC20("Reverting", "REVERT") {
        _mint(holder, supply);
    }

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (refuses) revert TransfersPaused();
        super._update(from, to, amount);
    }
}
