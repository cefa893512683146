// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IBTSc} from "./interfaces/IBTSc.sol";

/// @title BTSc
/// @notice The membership token of local and test networks; BSC mainnet has its own. The supply is fixed.
contract BTSc is IBTSc, ERC20, ERC20Permit {
    uint256 private constant SUPPLY = 1_200_000_000e18;

    /// @param holder Receives the whole supply.
    constructor(address holder) ERC20("BTSChain", "BTSc") ERC20Permit("BTSChain") {
        _mint(holder, SUPPLY);
    }

    /// @inheritdoc IBTSc
    function getOwner() external pure returns (address) {
        return address(0);
    }
}
