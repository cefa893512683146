// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Vm} from "forge-std/Vm.sol";
import {Formats} from "./Formats.sol";

/// @title Costs
/// @notice What gas costs here and now.
library Costs {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function describe(uint256 gas) internal returns (string memory) {
        uint256 price = gasPrice();
        return string.concat(
            string.concat("in all ", vm.toString(gas), " gas, at ", Formats.decimal(price, 9), " gwei: "),
            string.concat(Formats.decimal(gas * price, 18), " of the chain's coin")
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
}
