// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IBTSc
/// @notice The membership token as BEP-20 describes it: ERC-20 with `getOwner` (spec row A1).
/// @dev The live token on BSC mainnet may lack EIP-2612 permit, so no contract here depends on more than ERC-20.
interface IBTSc is IERC20 {
    /// @notice The BEP-20 owner, who would be able to bind the token to BNB Beacon Chain. Nobody is: zero.
    function getOwner() external view returns (address);
}
