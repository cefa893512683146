// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Vm} from "forge-std/Vm.sol";
import {Audit} from "../../scripts/Audit.s.sol";

/// @dev Takes events from what forge has recorded instead of a node.
contract AuditOfRecordedLogs is Audit {
    bool private _isForgetful;
    bool private _isCollected;
    Vm.Log[] private _recorded;

    function forget() external {
        _isForgetful = true;
    }

    function _logs(address emitter, uint256, uint256) internal override returns (Log[] memory logs) {
        if (!_isCollected) {
            Vm.Log[] memory all = vm.getRecordedLogs();
            for (uint256 i; i < all.length; ++i) {
                _recorded.push(all[i]);
            }
            _isCollected = true;
        }
        if (_isForgetful) return logs;
        uint256 count;
        logs = new Log[](_recorded.length);
        for (uint256 i; i < _recorded.length; ++i) {
            if (_recorded[i].emitter == emitter) logs[count++] = Log(_recorded[i].topics, _recorded[i].data);
        }
        assembly ("memory-safe") {
            mstore(logs, count)
        }
    }
}
