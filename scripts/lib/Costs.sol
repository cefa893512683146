// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Vm} from "forge-std/Vm.sol";

/// @title Costs
/// @notice What gas costs here and now.
library Costs {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function describe(uint256 gas) internal returns (string memory) {
        uint256 price = gasPrice();
        return string.concat(
            string.concat("in all ", vm.toString(gas), " gas, at ", decimal(price, 9), " gwei: "),
            string.concat(decimal(gas * price, 18), " of the chain's coin")
        );
    }

    /// @dev As the node says; what the transaction has where there is no node.
    function gasPrice() internal returns (uint256) {
        try vm.rpc("eth_gasPrice", "[]") returns (bytes memory answer) {
            return answer.length == 0 ? 0 : uint256(bytes32(answer)) >> (8 * (32 - answer.length));
        } catch {
            return tx.gasprice;
        }
    }

    /// @dev `value` in units of 10^`places`, as a decimal number.
    function decimal(uint256 value, uint256 places) internal pure returns (string memory) {
        uint256 unit = 10 ** places;
        bytes memory fraction = bytes(vm.toString(unit + value % unit));
        fraction[0] = ".";
        return string.concat(vm.toString(value / unit), string(fraction));
    }
}
