// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Vm} from "forge-std/Vm.sol";
import {Part, Plan, Plans} from "./Plan.sol";

/// @notice What scripts/deployments/<chain id>.json says. The arrays are indexed by `Part`.
/// @param hashes Of what was sent to create each part: with the salt it makes the address. 0 for what existed before.
/// @param start The last block before the deployment began: scanning from there misses nothing.
/// @param openingBalances What each address held of BTSc at `start`: a mirror that counts transfers from there on has
/// to begin with it.
struct Record {
    string network;
    address deployer;
    bytes32 salt;
    uint256 start;
    address[] addresses;
    uint256[] openingBalances;
    bytes[] arguments;
    bytes32[] hashes;
}

/// @title Records
library Records {
    using Plans for Plan;

    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error RecordMissing(string path);

    function path() internal view returns (string memory) {
        return string.concat("scripts/deployments/", vm.toString(block.chainid), ".json");
    }

    /// @dev Of a succession that is not done yet.
    function successorPath() internal view returns (string memory) {
        return string.concat("scripts/deployments/", vm.toString(block.chainid), ".successor.json");
    }

    /// @dev One that does not say who deployed is of a version of this script that is no more.
    function exists() internal view returns (bool) {
        return vm.isFile(path()) && vm.keyExistsJson(vm.readFile(path()), ".deployer");
    }

    function read() internal view returns (Record memory record) {
        if (!exists()) revert RecordMissing(path());
        string memory json = vm.readFile(path());
        record.network = vm.parseJsonString(json, ".network");
        record.deployer = vm.parseJsonAddress(json, ".deployer");
        record.salt = vm.parseJsonBytes32(json, ".salt");
        record.start = vm.parseJsonUint(json, ".block");
        record.addresses = new address[](Plans.PARTS);
        record.openingBalances = new uint256[](Plans.PARTS);
        record.arguments = new bytes[](Plans.PARTS);
        record.hashes = new bytes32[](Plans.PARTS);
        for (uint256 i; i < Plans.PARTS; ++i) {
            string memory key = string.concat(".contracts.", Plans.nameOf(Part(i)));
            if (!vm.keyExistsJson(json, key)) continue;
            record.addresses[i] = vm.parseJsonAddress(json, string.concat(key, ".address"));
            record.openingBalances[i] = vm.parseUint(vm.parseJsonString(json, string.concat(key, ".openingBalance")));
            record.arguments[i] = vm.parseJsonBytes(json, string.concat(key, ".constructorArguments"));
            record.hashes[i] = vm.parseJsonBytes32(json, string.concat(key, ".initCodeHash"));
        }
    }

    /// @dev Whether the record is of this plan's contracts.
    function isOf(Record memory record, Plan memory plan) internal pure returns (bool) {
        for (uint256 i; i < Plans.PARTS; ++i) {
            if (record.addresses[i] != plan.addresses[i]) return false;
        }
        return true;
    }

    /// @dev Whether anything of it was created on this chain: a local chain may have begun anew.
    function stands(Record memory record) internal view returns (bool) {
        for (uint256 i; i < Plans.PARTS; ++i) {
            if (record.arguments[i].length != 0 && record.addresses[i].code.length != 0) return true;
        }
        return false;
    }

    function make(Plan memory plan, string memory network, uint256 start) internal view returns (Record memory record) {
        uint256[] memory balances = new uint256[](Plans.PARTS);
        bytes32[] memory hashes = new bytes32[](Plans.PARTS);
        record = Record(network, plan.deployer, plan.salt, start, plan.addresses, balances, plan.arguments, hashes);
        IERC20 token = IERC20(plan.at(Part.BTSc));
        for (uint256 i; i < Plans.PARTS; ++i) {
            balances[i] = token.balanceOf(plan.addresses[i]);
            if (plan.initCodes[i].length != 0) hashes[i] = keccak256(plan.initCodes[i]);
        }
    }

    /// @dev The plan that was carried out, without what was sent.
    function planOf(Record memory record) internal pure returns (Plan memory plan) {
        plan = Plan(
            record.salt, record.deployer, new address[](Plans.PARTS), new bytes[](Plans.PARTS), new bytes[](Plans.PARTS)
        );
        for (uint256 i; i < Plans.PARTS; ++i) {
            (plan.addresses[i], plan.arguments[i]) = (record.addresses[i], record.arguments[i]);
        }
    }

    /// @dev What `plan` creates anew takes the place of what was there.
    function succeededBy(Record memory record, Plan memory plan) internal pure returns (Record memory) {
        for (uint256 i; i < Plans.PARTS; ++i) {
            if (plan.initCodes[i].length == 0) continue;
            record.addresses[i] = plan.addresses[i];
            record.arguments[i] = plan.arguments[i];
            record.hashes[i] = keccak256(plan.initCodes[i]);
        }
        return record;
    }

    function write(Record memory record, string memory file) internal {
        string memory list;
        for (uint256 i; i < Plans.PARTS; ++i) {
            if (record.addresses[i] == address(0)) continue;
            list = string.concat(list, i == 0 ? "" : ",\n", _entry(record, i));
        }
        string memory json = string.concat(
            string.concat('{\n  "chainId": ', vm.toString(block.chainid), ',\n  "network": "', record.network),
            string.concat('",\n  "block": ', vm.toString(record.start), ',\n  "deployer": "'),
            string.concat(vm.toString(record.deployer), '",\n  "salt": "', vm.toString(record.salt)),
            string.concat('",\n  "contracts": {\n', list, "\n  }\n}\n")
        );
        vm.writeFile(file, json);
    }

    function _entry(Record memory record, uint256 i) private pure returns (string memory) {
        return string.concat(
            string.concat('    "', Plans.nameOf(Part(i)), '": {\n      "address": "', vm.toString(record.addresses[i])),
            string.concat('",\n      "block": ', vm.toString(record.start)),
            string.concat(',\n      "openingBalance": "', vm.toString(record.openingBalances[i])),
            string.concat('",\n      "initCodeHash": "', vm.toString(record.hashes[i])),
            string.concat('",\n      "constructorArguments": "', vm.toString(record.arguments[i]), '"\n    }')
        );
    }
}
