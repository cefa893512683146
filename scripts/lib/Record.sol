// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Vm} from "forge-std/Vm.sol";
import {Part, Plan, Plans} from "./Plan.sol";

/// @notice What scripts/deployments/<chain id>.json says. The arrays are indexed by `Part`.
/// @param start The last block before the deployment began: scanning from there misses nothing.
/// @param openingBalances What each address held of BTSc at `start`: a mirror that counts transfers from there on has to
/// begin with it.
struct Record {
    string network;
    address deployer;
    bytes32 salt;
    uint256 start;
    address[] addresses;
    uint256[] openingBalances;
    bytes[] arguments;
}

/// @title Records
library Records {
    using Plans for Plan;

    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error RecordMissing(string path);

    function path() internal view returns (string memory) {
        return string.concat("scripts/deployments/", vm.toString(block.chainid), ".json");
    }

    function exists() internal view returns (bool) {
        return vm.isFile(path());
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
        for (uint256 i; i < Plans.PARTS; ++i) {
            string memory key = string.concat(".contracts.", Plans.nameOf(Part(i)));
            if (!vm.keyExistsJson(json, key)) continue;
            record.addresses[i] = vm.parseJsonAddress(json, string.concat(key, ".address"));
            record.openingBalances[i] = vm.parseUint(vm.parseJsonString(json, string.concat(key, ".openingBalance")));
            record.arguments[i] = vm.parseJsonBytes(json, string.concat(key, ".constructorArguments"));
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
        record = Record(
            network, plan.deployer, plan.salt, start, plan.addresses, new uint256[](Plans.PARTS), plan.arguments
        );
        IERC20 token = IERC20(plan.at(Part.BTSc));
        for (uint256 i; i < Plans.PARTS; ++i) {
            record.openingBalances[i] = token.balanceOf(plan.addresses[i]);
        }
    }

    /// @dev The plan that was carried out, without what was sent.
    function planOf(Record memory record) internal pure returns (Plan memory) {
        return Plan(record.salt, record.deployer, record.addresses, record.arguments, new bytes[](Plans.PARTS));
    }

    function write(Record memory record, Plan memory plan, string memory file) internal {
        string memory list;
        for (uint256 i; i < Plans.PARTS; ++i) {
            if (!plan.has(Part(i))) continue;
            list = string.concat(list, i == 0 ? "" : ",\n", _entry(record, plan, i));
        }
        string memory json = string.concat(
            string.concat('{\n  "chainId": ', vm.toString(block.chainid), ',\n  "network": "', record.network),
            string.concat('",\n  "block": ', vm.toString(record.start), ',\n  "deployer": "'),
            string.concat(vm.toString(plan.deployer), '",\n  "salt": "', vm.toString(plan.salt)),
            string.concat('",\n  "contracts": {\n', list, "\n  }\n}\n")
        );
        vm.writeFile(file, json);
    }

    /// @dev The address is that of CREATE2 with the salt and the hash, or the contract existed before and has no hash.
    function _entry(Record memory record, Plan memory plan, uint256 i) private pure returns (string memory) {
        bytes memory initCode = plan.initCodes[i];
        string memory hash = initCode.length == 0 ? "" : vm.toString(keccak256(initCode));
        return string.concat(
            string.concat('    "', Plans.nameOf(Part(i)), '": {\n      "address": "', vm.toString(record.addresses[i])),
            string.concat('",\n      "block": ', vm.toString(record.start)),
            string.concat(',\n      "openingBalance": "', vm.toString(record.openingBalances[i])),
            string.concat('",\n      "initCodeHash": "', hash),
            string.concat('",\n      "constructorArguments": "', vm.toString(record.arguments[i]), '"\n    }')
        );
    }
}
