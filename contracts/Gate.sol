// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IGate} from "./interfaces/IGate.sol";

/// @title Gate
abstract contract Gate is IGate, AccessManaged, Pausable {
    /// @inheritdoc IGate
    bool public retired;

    modifier whenOpen() {
        _requireOpen();
        _;
    }

    /// @inheritdoc IGate
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IGate
    function unpause() external restricted {
        _unpause();
    }

    /// @inheritdoc IGate
    function retire() external restricted {
        if (retired) revert RetiredForGood();
        retired = true;
        emit Retired();
    }

    /// @inheritdoc IGate
    function paused() public view override(IGate, Pausable) returns (bool) {
        return Pausable.paused();
    }

    function _requireOpen() private view {
        _requireNotPaused();
        if (retired) revert RetiredForGood();
    }
}
